import { config, problems } from "./support";

const promote = { registry: "shared", name: "chat", version: "7" };
const promoting = (model: object = {}) => ({ model: { source: "promote", promote, ...model } });

test("a training stack has no promotion", () => {
  expect(config().promotion).toBeUndefined();
});

test("a promoting stack names one exact version of a registry, or of what another stack has shared", () => {
  expect(config(promoting()).promotion).toEqual({
    from: { registry: "shared", name: "chat" },
    version: "7",
    gate: {},
  });
  const sha256 = "a".repeat(64);
  const gate = { maxEvalLoss: 1.5, minRougeL: 0.2 };
  // A number in YAML is a version as well.
  expect(config(promoting({ promote: { stack: "dev", version: 8, sha256 }, gate })).promotion).toEqual({
    from: { stack: "dev" },
    version: "8",
    sha256,
    gate,
  });
});

test.each([
  [
    "no version to promote",
    promoting({ promote: undefined }),
    /model\.promote \| not set, but model\.source/,
  ],
  [
    "latest",
    promoting({ promote: { ...promote, version: "latest" } }),
    /promote\.version \| "latest" \| one ex/,
  ],
  ["no version", promoting({ promote: { registry: "shared", name: "chat" } }), /promote\.version \| nothing/],
  ["no model name", promoting({ promote: { registry: "shared", version: "7" } }), /promote\.name \| not set/],
  ["no source", promoting({ promote: { version: "7" } }), /promote \| neither registry nor stack is set/],
  ["two sources", promoting({ promote: { ...promote, stack: "dev" } }), /both registry and stack are set/],
  [
    "a hash that is none",
    promoting({ promote: { ...promote, sha256: "abc" } }),
    /promote\.sha256 \| "abc" \| 64/,
  ],
  [
    "a version in a training stack",
    { model: { promote } },
    /model\.promote \| set, but model\.source is train/,
  ],
  [
    "its gate in a training stack",
    { model: { gate: { maxEvalLoss: 1 } } },
    /model\.gate \| maxEvalLoss, but/,
  ],
  [
    "a training gate in a promoting stack",
    { ...promoting(), finetune: { gate: { minRougeL: 0.1 } } },
    /finetune\.gate \| minRougeL, but model\.source is promote/,
  ],
  ["a registered name", promoting({ name: "other" }), /model\.name \| "other", but model\.source is promote/],
  [
    "a registry to share to",
    promoting({ shareTo: "shared" }),
    /model\.shareTo \| "shared", but model\.source/,
  ],
])("refuses %s", (_name, settings, expected) => {
  expect(problems(settings)).toEqual([expect.stringMatching(expected)]);
});
