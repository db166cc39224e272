import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { splitNames } from "../../dataset/splitNames";
import { startTestHub, type TestHub } from "./testHub";

/** A preview with a tokenizer on the hub, which it does not fetch: four characters are a token. */
let hub: TestHub;
let directory: string;
const pair = (prompt: string, completion: string): string => JSON.stringify({ prompt, completion });

beforeAll(async () => {
  hub = await startTestHub();
  for (const [id, config] of [
    ["acme/small", { max_position_embeddings: 100 }],
    ["acme/unknown", {}],
  ] as const)
    await hub.publish({
      kind: "models",
      id,
      files: [
        { path: "tokenizer.json", bytes: Buffer.from("{}") },
        { path: "config.json", bytes: Buffer.from(JSON.stringify(config)) },
      ],
    });
  directory = await mkdtemp(join(tmpdir(), "preview-"));
  // 400 characters are 100 tokens, which fit; 402 and 440 characters are 1 and 10 tokens too many.
  const rows = [200, 201, 220].map((length) => pair("q".repeat(length), "a".repeat(length)));
  await writeFile(join(directory, "a.jsonl"), rows.join("\n"));
});
afterAll(async () => {
  await hub.close();
  await rm(directory, { recursive: true, force: true });
});

let notes: string[] = [];
const preview = async (more: object, endpoint = hub.endpoint) => {
  const warnings: string[] = [];
  notes = [];
  const problem = jest.fn();
  hub.requests.length = 0;
  const request = { files: { train: ["a.jsonl"] }, ...more };
  const env = { HF_ENDPOINT: endpoint, HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" };
  const warn = (text: string) => warnings.push(text);
  const names = await splitNames(request, env, directory, {
    info: (text) => notes.push(text),
    warn,
    problem,
  });
  return { names, warnings, problems: problem.mock.calls };
};

test("rows and tokens over the context of a model on the hub are estimated, and only its context is fetched", async () => {
  const { names, warnings, problems } = await preview({ tokenizer: "acme/small" });
  expect([names, problems]).toEqual([["train"], []]);
  expect(warnings).toEqual([
    expect.stringMatching(
      /length: .*2 of 3 rows of train, a\.jsonl .*longer than the model's context of 100 tokens; 11 tokens are cut.* This is an estimate; up counts the tokens\.$/,
    ),
  ]);
  expect(hub.requests.map(({ url }) => url).filter((url) => url.includes("tokenizer.json"))).toEqual([]);
});

test.each(["drop", "fail"])("with dataset.onLongRow %s an estimate stops nothing", async (onLongRow) => {
  const { warnings, problems } = await preview({ tokenizer: "acme/small", onLongRow });
  expect(problems).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining(`dataset.onLongRow is ${onLongRow}`)]);
});

test("with dataset.checks.length: fail an estimate stops nothing either", async () => {
  const { warnings, problems } = await preview({ tokenizer: "acme/small", checks: { length: "fail" } });
  expect(problems).toEqual([]);
  expect(warnings).toEqual([expect.stringMatching(/^length: .* Its level is fail: up stops here\.$/)]);
});

test("a model whose context is unknown or that the hub does not have is no reason to stop", async () => {
  for (const tokenizer of ["acme/unknown", "acme/none"])
    expect(await preview({ tokenizer })).toEqual({ names: ["train"], warnings: [], problems: [] });
});

test("without dataset.tokenizer it says that rows over the context are not counted, unless checks are off", async () => {
  const note = expect.stringMatching(
    /^Rows over the model's context are not counted: dataset\.tokenizer/,
  ) as string;
  await preview({});
  expect(notes).toContainEqual(note);
  for (const more of [{ tokenizer: "acme/small" }, { checks: "off" }]) {
    await preview(more);
    expect(notes).not.toContainEqual(note);
  }
});
