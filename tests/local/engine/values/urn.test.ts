import { aliasUrns } from "../../../../local/engine/values/aliases";
import { defaultProviderName, makeUrn, parseReference, parseUrn } from "../../../../local/engine/values/urn";

const urn = (name: string, type = "t:m:T"): string => `urn:pulumi:dev::p::${type}::${name}`;

describe("identity", () => {
  const stack = makeUrn({ stack: "dev", project: "p", type: "pulumi:pulumi:Stack", name: "p-dev" });

  test("URNs contain the types of all ancestors except the stack; names may contain ::", () => {
    const parent = makeUrn({ stack: "dev", project: "p", parent: stack, type: "a:b:C", name: "x" });
    const child = makeUrn({ stack: "dev", project: "p", parent, type: "d:e:F", name: "y::z" });
    expect(child).toBe("urn:pulumi:dev::p::a:b:C$d:e:F::y::z");
    expect(parseUrn(child)).toMatchObject({ type: "d:e:F", name: "y::z", qualifiedType: "a:b:C$d:e:F" });
    expect(() => parseUrn("urn:pulumi:x")).toThrow('"urn:pulumi:x" is not a URN');
  });

  test("builds provider references and names of default providers", () => {
    expect(parseReference(`${urn("default", "pulumi:providers:x")}::id`)).toEqual({
      urn: urn("default", "pulumi:providers:x"),
      id: "id",
    });
    expect(defaultProviderName("", "")).toBe("default");
    expect(defaultProviderName("v3.28.0", "")).toBe("default_3_28_0");
    expect(defaultProviderName("1.0.0-alpha.1", "https://x/y")).toBe("default_1_0_0_alpha_1_https_/x/y");
  });

  const parent = urn("new", "a:b:C");
  const resource = { type: "d:e:F", name: "new-child", parent, stack: "dev", project: "p" };

  test("lists a resource's own aliases first, then those of its parent, with names rewritten", () => {
    const aliasOf = new Map([[parent, urn("old", "a:b:C")]]);
    expect([...aliasUrns([{ type: "d:e:Old" }, { urn: urn("whole") }], resource, aliasOf)]).toEqual([
      "urn:pulumi:dev::p::a:b:C$d:e:Old::new-child",
      urn("whole"),
      "urn:pulumi:dev::p::a:b:C$d:e:F::old-child",
      "urn:pulumi:dev::p::a:b:C$d:e:Old::old-child",
      "urn:pulumi:dev::p::a:b:C$t:m:T::whole",
    ]);
  });

  test.each([
    ["no parent", { noParent: true }, urn("new-child", "d:e:F")],
    ["the stack as parent", { parent: stack }, urn("new-child", "d:e:F")],
    [
      "another stack and project, without parent",
      { noParent: true, stack: "s", project: "q" },
      "urn:pulumi:s::q::d:e:F::new-child",
    ],
    [
      "another project, which has no effect with a parent",
      { project: "q" },
      "urn:pulumi:dev::p::a:b:C$d:e:F::new-child",
    ],
    [
      "a parent that was itself found by an alias",
      { parent: urn("moved", "x:y:Z") },
      "urn:pulumi:dev::p::u:v:W$d:e:F::new-child",
    ],
    ["another name", { name: "n" }, "urn:pulumi:dev::p::a:b:C$d:e:F::n"],
  ])("an alias with %s", (_what, alias, expected) => {
    const aliasOf = new Map([[urn("moved", "x:y:Z"), urn("before", "u:v:W")]]);
    expect([...aliasUrns([alias], resource, aliasOf)]).toEqual([expected]);
  });
});
