import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "../../dataset/manifest";
import { rowsShown } from "../../dataset/rowsShown";
import { chatFiles, row, run, startTestHub, type TestHub } from "./testHub";

/** A text that stands for personal data. */
const personal = "Alice Example, born 1 April 1970";
let hub: TestHub;
let counter = 0;
let where: string[];

beforeAll(async () => {
  hub = await startTestHub();
  const rows = [
    row("train", 0, {
      messages: [
        { role: "user", content: personal },
        { role: "assistant", content: "Noted." },
      ],
    }),
  ];
  const access = { readers: ["hf_good"], files: chatFiles({ train: rows }) };
  await hub.publish({ id: "acme/public", files: chatFiles({ train: rows }) });
  await hub.publish({ id: "acme/private", private: true, ...access });
  await hub.publish({ id: "acme/gated", gated: "auto", ...access, files: chatFiles({ train: rows }) });
  await writeFile(join(hub.directory, "mine.jsonl"), rows.map((one) => JSON.stringify(one)).join("\n"));
});
afterAll(() => hub.close());
beforeEach(() => {
  where = ["--download_dir", `rows${++counter}`, "--dataset_split_pc", "100"];
});

const start = (...args: string[]) => run(hub, [...where, ...args], { env: { HF_TOKEN: "hf_good" } });
const own = ["--files", "train=mine.jsonl"];

test.each([
  ["acme/private", "a private data set"],
  ["acme/gated", "a gated data set"],
])("%s: a program gets no row of %s", async (name) => {
  for (const attempt of ["written", "unchanged"]) {
    const { code, out, err } = await start("--dataset", name, "--json");
    expect({ code, attempt }).toEqual({ code: 0, attempt });
    expect(out + err).not.toContain(personal);
    expect(JSON.parse(out) as Manifest).toMatchObject({ isPublic: false, firstRows: [] });
  }
});

test("a program gets the rows of a public data set, also when nothing is fetched", async () => {
  for (let attempt = 0; attempt < 2; attempt++) {
    const { out } = await start("--dataset", "acme/public", "--json");
    expect(out).toContain(personal);
    expect(JSON.parse(out) as Manifest).toMatchObject({ isPublic: true });
  }
});

test("local files: a program gets columns, counts and hashes, a person also the rows", async () => {
  const { out, err } = await start(...own, "--json");
  expect(out + err).not.toContain(personal);
  expect(JSON.parse(out) as Manifest).toMatchObject({
    columns: { prompt: "string", messages: "list", prompt_id: "string" },
    splits: { train: { rows: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string } },
    firstRows: [],
  });
  expect((await start(...own)).out).toContain(personal);
});

test("--rows manifest puts rows into the manifest only, and --rows none into nothing", async () => {
  const inManifest = await start(...own, "--json", "--rows", "manifest");
  expect(inManifest.err).not.toContain(personal);
  expect(inManifest.out).toContain(personal);
  const nowhere = await start("--dataset", "acme/public", "--rows", "none");
  expect(nowhere.out + nowhere.err).not.toContain(personal);
});

test("a hub that does not say whether a data set is private is not public", async () => {
  const commit = (await hub.storage.find("acme/public"))?.refs["main"];
  hub.fault = (request, reply) => {
    if (!/\/revision\//.test(request.url)) return false;
    void reply.send({ sha: commit });
    return true;
  };
  const { out, err } = await start("--dataset", "acme/public", "--json");
  hub.fault = undefined;
  expect(err).not.toContain(personal);
  expect(JSON.parse(out) as Manifest).toMatchObject({ isPublic: false, firstRows: [] });
});

describe("messages about bad rows contain no value of a row whose rows are not shown", () => {
  test.each([
    ["a line that is not JSON", "bad.jsonl", `{"prompt": ${personal}\n`, "is not JSON"],
    [
      "an unknown role",
      "role.jsonl",
      `${JSON.stringify({ messages: [{ role: personal, content: "x" }] })}\n`,
      "messages[0].role is not system, user or assistant",
    ],
    [
      "a table without a header",
      "table.csv",
      `${personal},Noted.\nBob Example,born later,Noted.\n`,
      "(it has 3 columns; its first line is not shown, it can be a row)",
    ],
  ])("%s", async (_what, file, text, message) => {
    await writeFile(join(hub.directory, file), text);
    const hidden = await start("--files", `train=${file}`, "--rows", "none");
    expect(hidden.code).toBe(1);
    expect(hidden.err).toContain(message);
    expect(hidden.err).not.toMatch(/Alice|Example/);
    expect((await start("--files", `train=${file}`)).err).toMatch(/Alice/);
  });
});

test("refuses another value of --rows", async () => {
  expect((await start(...own, "--rows", "some")).err).toContain(
    '--rows is "some", must be one of all, manifest, none',
  );
});

test.each([
  [undefined, false, false, { manifest: true, messages: true }],
  [undefined, true, true, { manifest: true, messages: true }],
  [undefined, true, false, { manifest: false, messages: false }],
  ["all", true, false, { manifest: true, messages: true }],
  ["manifest", true, true, { manifest: true, messages: false }],
  ["none", false, true, { manifest: false, messages: false }],
] as const)("policy %s, json %s, public %s", (policy, json, isPublic, expected) => {
  expect(rowsShown({ rows: policy, json }, isPublic)).toEqual(expected);
});
