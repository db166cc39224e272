import {
  AzureMlError,
  azureMlError,
  errorCatalogue,
  type ErrorCode,
  errorMessage,
  errorText,
} from "../../azureml/errors";

const codes = Object.keys(errorCatalogue) as ErrorCode[];

test.each(codes)("%s has a property and a remedy in whole sentences", (code) => {
  const { message, remedy } = errorCatalogue[code];
  expect(message).toMatch(/^[\w{][\w{}.:-]*: /);
  expect(message).not.toMatch(/\.$/);
  expect(remedy).toMatch(/[.}]$/);
  expect(remedy.length).toBeGreaterThan(15);
});

test.each(codes)("%s replaces every parameter", (code) => {
  const names = [...JSON.stringify(errorCatalogue[code]).matchAll(/\{(\w+)\}/g)].map(
    (match) => match[1] ?? "",
  );
  const text = errorMessage(code, Object.fromEntries(names.map((name) => [name, `<${name}>`])) as never);
  expect(text.startsWith(`[${code}] `)).toBe(true);
  expect(text).not.toMatch(/[{}]|unknown\b(?! cloud)/);
  for (const name of names) expect(text).toContain(`<${name}>`);
});

test("an error keeps its cause and has a complete message", () => {
  const cause = new Error("socket hang up");
  const error = azureMlError("EndpointMissing", { endpoint: "chat", workspace: "w" }, { cause });
  expect(error).toBeInstanceOf(AzureMlError);
  expect(error.cause).toBe(cause);
  expect(error.message).toBe(
    "[EndpointMissing] endpointName: endpoint chat does not exist in workspace w. Run `refresh` and then `up`, which creates it.",
  );
});

test("errorText returns the message of any thrown value, without a stack", () => {
  expect(errorText(new TypeError("bad"))).toBe("bad");
  expect(errorText("plain")).toBe("plain");
  expect(errorText({ odd: 1 })).toBe('{"odd":1}');
});
