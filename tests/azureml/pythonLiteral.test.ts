import fc from "fast-check";
import {
  parsePythonLiteral,
  parsePythonScalars,
  parsePythonStrings,
  PythonLiteralError,
  pythonFloat,
} from "../../azureml/pythonLiteral";

describe("parsePythonLiteral", () => {
  test.each<[string, unknown]>([
    ["None", null],
    ["True", true],
    [" False # note", false],
    ["0", 0],
    ["-12", -12],
    ["- -1", 1],
    ["1_000", 1000],
    ["0x_ff", 255],
    ["0o17", 15],
    ["0b101", 5],
    ["5e-06", 0.000005],
    [".5", 0.5],
    ["5.", 5],
    ["1E3", 1000],
    ["''", ""],
    [`'it\\'s'`, "it's"],
    [`"a" 'b'`, "ab"],
    [`r"\\n"`, "\\n"],
    [`u'\\u00e9\\x41\\101\\U0001F600'`, "éAA😀"],
    [`"""two\nlines"""`, "two\nlines"],
    [`'a\\\nb'`, "ab"],
    [`'\\q'`, "\\q"],
    ["[]", []],
    ["[1, 'a', [None,],]", [1, "a", [null]]],
    ["()", []],
    ["(1)", 1],
    ["(1,)", [1]],
    ["{1, 2}", [1, 2]],
    ["{'a'}", ["a"]],
    ["{{1}}", [[1]]],
  ])("reads %s", (text, value) => {
    expect(parsePythonLiteral(text)).toEqual(value);
  });

  test("parses dicts as maps, so that no key has a special meaning", () => {
    const value = parsePythonLiteral(`{"__proto__": 1, 'constructor': {}, 2: (1, 2), None: True,}`);
    expect(value).toEqual(
      new Map<unknown, unknown>([
        ["__proto__", 1],
        ["constructor", new Map()],
        [2, [1, 2]],
        [null, true],
      ]),
    );
  });

  test.each<[string, RegExp]>([
    ["", /ends here at character 1/],
    ["[1 2]", /"," or "]" is missing at character 4/],
    ["[,]", /unexpected "," at character 2/],
    ["[1,,2]", /unexpected ","/],
    ["[1", /ends here|missing/],
    ["{1: 2, 3}", /":" is missing/],
    ["{[1]: 2}", /must be a scalar/],
    ["{'a': }", /unexpected "}"/],
    ["'abc", /not closed/],
    ["'a\nb'", /a line ends inside a string/],
    ["'\\x4'", /escape \\x is not complete/],
    ["'\\N{BULLET}'", /escape \\N is not complete/],
    ["'\\U00110000'", /no such character/],
    ["1 2", /text after the literal at character 3/],
    ["012", /starts with 0/],
    ["1__0", /unexpected character/],
    ["1j", /unexpected character/],
    ["-", /a number is expected/],
    ["-'a'", /a number is expected/],
    ["b'bytes'", /the name b/],
    ["f'{x}'", /the name f/],
    ["true", /the name true/],
    ["toString", /the name toString/],
    ["__import__('os').system('id')", /the name __import__/],
    ["[x for x in ()]", /the name x/],
    ["1 if True else 2", /text after the literal/],
    ["lambda: 0", /the name lambda/],
    ["$", /unexpected "\$"/],
  ])("refuses %j", (text, message) => {
    expect(() => parsePythonLiteral(text)).toThrow(PythonLiteralError);
    expect(() => parsePythonLiteral(text)).toThrow(message);
  });

  test.each(["[", "(", "{", "{1:"])("rejects endless %j", (open) => {
    expect(() => parsePythonLiteral(open.repeat(20_000))).toThrow(/nested deeper than 32/);
    expect(() => parsePythonLiteral(open.repeat(200_000))).toThrow(/more than 100000 characters/);
  });

  test("returns a value or throws PythonLiteralError for any text", () => {
    const pieces = fc.constantFrom(..."[](){}:,'\"\\ \n#-+.e0x1_", "True", "None", "r'", '"""', "\\u12");
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parsePythonLiteral(text);
        } catch (error) {
          expect(error).toBeInstanceOf(PythonLiteralError);
        }
      }),
    );
  });

  test("parses JSON without true, false and null", () => {
    const fits = (text: string): boolean => !/true|false|null|\\ud[89a-f]/i.test(text);
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (generated) => {
        const text = JSON.stringify(generated);
        // JSON.stringify writes -0 as 0, so compare with the parsed text.
        const value: unknown = JSON.parse(text);
        fc.pre(fits(text) && !text.includes("\\/") && !/-0[,\]}]|^-0$/.test(text));
        expect(plain(parsePythonLiteral(text))).toEqual(plain(toMap(value)));
      }),
    );
  });

  test("parses every number that pythonFloat writes", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parsePythonLiteral(pythonFloat(value))).toBe(value);
      }),
    );
  });
});

describe("tags", () => {
  test("an allow list is a list of strings", () => {
    expect(parsePythonStrings("['Standard_NC24ads_A100_v4', 'Standard_ND96asr_v4']")).toEqual([
      "Standard_NC24ads_A100_v4",
      "Standard_ND96asr_v4",
    ]);
    expect(() => parsePythonStrings("[1]")).toThrow(/a list of strings is expected/);
    expect(() => parsePythonStrings("'Standard_ND96asr_v4'")).toThrow(/a list of strings is expected/);
  });

  test("model defaults are a dict of scalars", () => {
    expect([...parsePythonScalars('{"apply_lora": "true", "learning_rate": 5e-06}')]).toEqual([
      ["apply_lora", "true"],
      ["learning_rate", 0.000005],
    ]);
    expect(() => parsePythonScalars("{1: 2}")).toThrow(/key 1 is not a string/);
    expect(() => parsePythonScalars("{'a': []}")).toThrow(/value of a is not a scalar/);
    expect(() => parsePythonScalars("[]")).toThrow(/a dict is expected/);
  });
});

test.each([
  [0.000005, "5e-06"],
  [5e-7, "5e-07"],
  [0.0001, "0.0001"],
  [0.00001234, "1.234e-05"],
  [1, "1.0"],
  [0, "0.0"],
  [-0, "-0.0"],
  [1e16, "1e+16"],
  [1e300, "1e+300"],
  [-2.5, "-2.5"],
  [Infinity, "inf"],
  [-Infinity, "-inf"],
  [NaN, "nan"],
])("pythonFloat(%d) is %s", (value, text) => {
  expect(pythonFloat(value)).toBe(text);
});

/** Converts JSON objects to Maps, as the parser returns them. */
function toMap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toMap);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, toMap(item)]));
}

/** Converts Maps to lists of pairs, so that toEqual compares their order. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(([key, item]) => [key, plain(item)]);
  return Array.isArray(value) ? value.map(plain) : value;
}
