import fc from "fast-check";
import {
  encryptValues,
  decryptCheckpoint,
  decryptValues,
  parseCheckpoint,
  renderCheckpoint,
  renderResource,
} from "../../../../local/engine/state/checkpoint";
import type { Crypter } from "../../../../local/engine/state/secrets";
import type { ResourceState } from "../../../../local/engine/state/state";
import {
  sameValue,
  secret,
  signatureKey,
  signatures,
  type Value,
} from "../../../../local/engine/values/values";
import { knownSecrets, provider, resource, stateText } from "./support";

describe("checkpoints", () => {
  let crypter: Crypter;
  beforeAll(async () => {
    crypter = await knownSecrets();
  });
  const written = (resources: ResourceState[], rest?: { [key: string]: Value }): string =>
    Buffer.concat(
      renderCheckpoint({
        stackPath: "organization/p/dev",
        version: "3.248.0",
        salt: crypter.salt,
        resources: resources.map((state) => Buffer.from(renderResource(state, crypter))),
        pending: [],
        ...(rest ? { rest } : {}),
      }),
    ).toString();

  test("reads a written state back, with fields this engine does not know", () => {
    const resources = [
      provider,
      { ...resource("a", { inputs: { x: secret({ b: 1, a: [secret("y")] }) } }), viewOf: "later" },
      resource("b", { dependencies: [resource("a").urn], delete: true, outputs: { n: null } }),
    ];
    const rest = { metadata: { integrity_error: { version: "v3" } }, snippets: [{ uuid: "1" }] };
    const text = written(resources, rest);
    expect(text).not.toContain('"y"');
    const raw = parseCheckpoint(text);
    expect(raw.salt).toBe(crypter.salt);
    expect(decryptCheckpoint(raw, crypter)).toMatchObject({
      resources: [provider, { ...resources[1], inputs: { x: secret({ a: ["y"], b: 1 }) } }, resources[2]],
      pending: [],
      rest,
    });
  });

  test("omits empty fields, as Pulumi does", () => {
    const state = resource("a", {
      inputs: {},
      outputs: {},
      dependencies: [],
      protect: false,
      custom: false,
      id: "",
    });
    expect(JSON.parse(renderResource(state, crypter))).toEqual({
      urn: state.urn,
      custom: false,
      type: "t:m:T",
      provider: state.provider,
    });
  });

  test("reads a state without resources, and one that was never written", () => {
    expect(parseCheckpoint(written([])).resources).toEqual([]);
    expect(parseCheckpoint('{"version":3,"checkpoint":{"stack":"organization/p/dev"}}')).toMatchObject({
      resources: [],
      salt: undefined,
    });
  });

  const leaf = fc.oneof(fc.string({ unit: "grapheme" }), fc.double(), fc.boolean(), fc.constant(null));
  const values = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.string(), tie("value"), { maxKeys: 3 }),
      tie("value").map(secret),
    ),
  })).value;

  test("reads the state of a development build of Pulumi, which has no version and no magic", () => {
    const text = stateText([provider], { manifest: { magic: "", version: "" } });
    expect(parseCheckpoint(text).resources).toHaveLength(1);
  });

  test("restores every value from the state's text, NaN and infinities included", () => {
    fc.assert(
      fc.property(values, (value) => {
        const text = JSON.stringify(encryptValues({ value }, crypter));
        expect(text).not.toContain('"plaintext"');
        const back = decryptValues(JSON.parse(text) as { value: Value }, crypter);
        expect(sameValue(back.value, value)).toBe(true);
        expect(JSON.stringify(encryptValues(back, crypter))).toBe(text);
      }),
    );
  });

  test("keeps byte strings and resource references unchanged", () => {
    const odd: Value[] = [
      { [signatureKey]: "803fd3297a5875dc03ca845dda5d2a98", value: "/w==" },
      { [signatureKey]: signatures.resource, urn: provider.urn, id: "1", packageVersion: "" },
    ];
    expect(decryptValues(encryptValues(odd, crypter), crypter)).toEqual(odd);
    expect(encryptValues(Number.NEGATIVE_INFINITY, crypter)).toEqual({
      [signatureKey]: signatures.float,
      value: "fff0000000000000",
    });
  });

  test("keeps a ciphertext while its value is the same, however it was spelled", () => {
    const ciphertext = crypter.encrypt('{"b":"<1>","a":2}'.replace("<", "\\u003c"));
    const file = { [signatureKey]: signatures.secret, ciphertext };
    expect(encryptValues(decryptValues({ x: file }, crypter), crypter)).toEqual({ x: file });
    expect(encryptValues(secret({ a: 2, b: "<1>" }), crypter)).toEqual(file);
  });

  test("reads secrets inside secrets, which Pulumi does not encrypt twice, and secrets in plain text", () => {
    const inner = { [signatureKey]: signatures.secret, ciphertext: '"deep"' };
    const ciphertext = crypter.encrypt(JSON.stringify({ inner }));
    expect(decryptValues({ [signatureKey]: signatures.secret, ciphertext }, crypter)).toEqual(
      secret({ inner: "deep" }),
    );
    const plain = encryptValues({ x: secret("shown") }, undefined);
    expect(plain).toEqual({ x: { [signatureKey]: signatures.secret, plaintext: '"shown"' } });
    expect(decryptValues(plain, crypter)).toEqual({ x: secret("shown") });
  });

  const other = { ...resource("b"), dependencies: [resource("a").urn] };
  test.each<[string, string, string]>([
    ["empty", " \n", "it is empty"],
    ["cut off", stateText([provider]).slice(0, 100), "not valid JSON, line 6, column 2"],
    ["not JSON", '{\n  "version": 3,\n  oops}', "not valid JSON, line 3, column 3"],
    ["not an object", "[]", "expected object"],
    ["without version", "{}", '"version": expected number'],
    ["too old", '{"version": 2}', "its version is 2, expected 3"],
    ["without checkpoint", '{"version": 3}', 'it has no "checkpoint"'],
    ["with a resource that has no urn", stateText([{ type: "t" }]), '"resources[0].urn": expected string'],
    ["with an invalid urn", stateText([{ ...provider, urn: "x" }]), 'resource 0 has no valid urn ("x")'],
    ["with resources that are not a list", stateText([], { resources: {} }), '"resources": expected array'],
    [
      "with a wrong magic",
      stateText([], { manifest: { magic: "x", version: "v1" } }),
      "magic does not match",
    ],
    [
      "without its provider",
      stateText([resource("a")]),
      "its provider urn:pulumi:dev::p::pulumi:providers:t::default::1 does not come before it",
    ],
    [
      "in the wrong order",
      stateText([provider, other, resource("a")]),
      `refers to ${resource("a").urn}, which does not come before it`,
    ],
    ["with a duplicate resource", stateText([provider, resource("a"), resource("a")]), "appears twice"],
    [
      "with a component that has an id",
      stateText([{ ...provider, custom: false }]),
      "is a component, yet has an id",
    ],
  ])("reports a state that is %s as damaged", (_how, text, expected) => {
    expect(() => parseCheckpoint(text)).toThrow(expect.objectContaining({ code: "state-damaged" }));
    expect(() => parseCheckpoint(text)).toThrow(expected);
  });

  test.each<[string, string, RegExp]>([
    ["version 4", '{"version": 4}', /version 4; this engine supports version 3 only, use the Pulumi CLI/],
    ["features", '{"version": 4, "features": ["taint", "views"]}', /version 4 and needs: taint, views;/],
    [
      "another secrets provider",
      stateText([], { secrets_providers: { type: "cloud", state: { url: "x" } } }),
      /secrets provider is "cloud", this engine supports "passphrase" only/,
    ],
  ])("leaves a state with %s to the Pulumi CLI", (_what, text, expected) => {
    expect(() => parseCheckpoint(text)).toThrow(expect.objectContaining({ code: "unsupported" }));
    expect(() => parseCheckpoint(text)).toThrow(expected);
  });

  test("names the resource of a secret that cannot be decrypted", () => {
    const broken = { [signatureKey]: signatures.secret, ciphertext: "v1:AAAA:AAAA" };
    const raw = parseCheckpoint(stateText([{ ...provider, outputs: { x: broken } }]));
    expect(() => decryptCheckpoint(raw, crypter)).toThrow(`a secret of ${provider.urn} cannot be decrypted`);
  });

  test("allows duplicates and missing providers for resources that are pending deletion or replacement", () => {
    const sound = [
      provider,
      resource("a"),
      resource("a", { delete: true }),
      resource("b", { provider: "x::1", pendingReplacement: true }),
    ];
    expect(parseCheckpoint(stateText(sound)).resources).toHaveLength(4);
  });
});
