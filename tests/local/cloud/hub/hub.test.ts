import { mkdtemp, readdir, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Fastify from "fastify";
import type { Cloud } from "../../../../local/cloud/cloud";
import { registerHub } from "../../../../local/cloud/hub/hub";
import { parseRange } from "../../../../local/cloud/hub/files";
import { seedDataset } from "../../../../local/cloud/hub/seed";
import { openHubStorage } from "../../../../local/cloud/hub/storage";
import { baseModelFolder } from "../../../../local/trainer/baseModel";
import { chatFiles, rowsOf, startTestHub, type TestHub } from "../../../dataset/testHub";

let hub: TestHub;
let commit: string;
let converted: string;

beforeAll(async () => {
  hub = await startTestHub();
  const files = chatFiles({ train_sft: rowsOf("train_sft", 1_200), test_sft: rowsOf("test_sft", 20) }, 2);
  const repository = await hub.publish({ id: "Acme/chat", files });
  commit = repository.refs.main ?? "";
  converted = repository.refs["refs/convert/parquet"] ?? "";
  const gate = { gated: "manual" as const, readers: ["good"] };
  await hub.publish({ id: "acme/gated", ...gate, files: chatFiles({ train: rowsOf("train", 5) }) });
  await hub.publish({ id: "acme/secret", private: true, readers: ["good"], files: [] });
});
afterAll(() => hub.close());

const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${hub.endpoint}${path}`, { redirect: "manual", ...init });
const json = async (path: string): Promise<unknown> => (await get(path)).json();
const api = "/api/datasets/acme/chat";
const errorOf = async (path: string, token?: string): Promise<unknown[]> => {
  const response = await get(path, token ? { headers: { authorization: `Bearer ${token}` } } : {});
  expect(((await response.json()) as { error: string }).error).toBe(response.headers.get("x-error-message"));
  return [response.status, response.headers.get("x-error-code")];
};

describe("the hub's API", () => {
  test("describes a data set, whatever the casing of its id", async () => {
    const info = (await json(api)) as { siblings: object[] };
    expect(info).toMatchObject({
      id: "Acme/chat",
      sha: commit,
      private: false,
      gated: false,
      disabled: false,
    });
    expect(info).toMatchObject({ cardData: { configs: [{ config_name: "default" }] } });
    expect(info.siblings).toHaveLength(5);
    expect(await json(`${api}?blobs=true`)).toMatchObject({
      siblings: [{ rfilename: "README.md", size: expect.any(Number) as number }, {}, {}, {}, {}],
    });
  });

  test("resolves branches, other refs, commits and the prefix of one", async () => {
    for (const revision of ["main", "refs/heads/main", commit, commit.slice(0, 8)]) {
      expect(await json(`${api}/revision/${encodeURIComponent(revision)}`)).toMatchObject({ sha: commit });
    }
    expect(await json(`${api}/revision/refs%2Fconvert%2Fparquet`)).toMatchObject({ sha: converted });
    expect(await json(`${api}/refs`)).toEqual({
      tags: [],
      branches: [{ name: "main", ref: "refs/heads/main", targetCommit: commit }],
      converts: [{ name: "parquet", ref: "refs/convert/parquet", targetCommit: converted }],
    });
  });

  test("lists a directory, everything below it, or a page of it", async () => {
    const types = (entries: unknown): string[] =>
      (entries as Array<{ type: string; path: string }>).map(
        ({ type, path }) => `${type} ${path.split("-")[0]}`,
      );
    expect(types(await json(`${api}/tree/main`))).toEqual(["directory data", "file README.md"]);
    expect(types(await json(`${api}/tree/main/data`))).toHaveLength(4);
    expect(types(await json(`${api}/tree/main?recursive=true`))).toHaveLength(6);
    const seen: unknown[] = [];
    let path: string | undefined = `${api}/tree/main?recursive=true&limit=4`;
    let pages = 0;
    while (path) {
      const response = await get(path);
      seen.push(...((await response.json()) as unknown[]));
      const next = /<([^>]+)>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
      path = next?.slice(hub.endpoint.length);
      pages++;
    }
    expect(pages).toBe(2);
    expect(seen).toEqual(await json(`${api}/tree/main?recursive=true`));
    const file = (seen as Array<{ path: string; size: number; lfs?: unknown }>).find((one) =>
      one.path.endsWith("parquet"),
    );
    expect(file?.lfs).toMatchObject({
      size: file?.size,
      oid: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  test("describes single paths, requested in the form of Python's client", async () => {
    const body = new URLSearchParams([
      ["paths", "README.md"],
      ["paths", "data"],
      ["paths", "nope"],
    ]);
    const response = await get(`${api}/paths-info/main`, { method: "POST", body });
    expect(await response.json()).toMatchObject([
      { type: "directory", path: "data" },
      { type: "file", path: "README.md" },
    ]);
  });

  test("lists its converted parquet files, and redirects to them", async () => {
    const url = (split: string, file: number): string =>
      `${hub.endpoint}/api/datasets/Acme/chat/parquet/default/${split}/${file}.parquet`;
    const train = [url("train_sft", 0), url("train_sft", 1)];
    expect(await json(`${api}/parquet`)).toEqual({
      default: { train_sft: train, test_sft: [url("test_sft", 0), url("test_sft", 1)] },
    });
    const response = await fetch(train[1] ?? "", { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(Number(response.headers.get("content-length"))).toBeGreaterThan(1000);
    expect(await errorOf(`${api}/parquet/default/train_sft/9.parquet`)).toEqual([404, "EntryNotFound"]);
  });

  test("distinguishes missing things as the real hub does", async () => {
    expect(await errorOf("/api/datasets/acme/nope")).toEqual([401, "RepoNotFound"]);
    expect(await errorOf("/api/datasets/acme/nope", "any")).toEqual([404, "RepoNotFound"]);
    expect(await errorOf(`${api}/revision/v1`)).toEqual([404, "RevisionNotFound"]);
    expect(await errorOf(`${api}/tree/main/nope`)).toEqual([404, "EntryNotFound"]);
    expect(await errorOf("/datasets/acme/chat/resolve/main/nope.txt")).toEqual([404, "EntryNotFound"]);
    expect(await errorOf("/datasets/acme/chat/resolve/v1/README.md")).toEqual([404, "RevisionNotFound"]);
  });

  test("hides private data sets, and protects the content of gated ones", async () => {
    expect(await errorOf("/api/datasets/acme/secret")).toEqual([401, "RepoNotFound"]);
    expect(await errorOf("/api/datasets/acme/secret", "bad")).toEqual([404, "RepoNotFound"]);
    expect(await json("/api/datasets/acme/gated")).toMatchObject({ gated: "manual" });
    const readme = "/datasets/acme/gated/resolve/main/README.md";
    expect(await errorOf(readme)).toEqual([401, "GatedRepo"]);
    expect(await errorOf(readme, "bad")).toEqual([403, "GatedRepo"]);
    expect((await get(readme, { headers: { authorization: "Bearer good" } })).status).toBe(200);
  });
});

describe("the hub's files", () => {
  const parquet = async (): Promise<string> => {
    const entries = (await json(`${api}/tree/main/data`)) as Array<{ path: string }>;
    return `/datasets/acme/chat/resolve/main/${entries[0]?.path}`;
  };

  test("are sent directly if small, with commit and ETag, and with 304 if unchanged", async () => {
    const path = "/datasets/acme/chat/resolve/main/README.md";
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-repo-commit")).toBe(commit);
    const etag = response.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[0-9a-f]{40}"$/);
    expect((await response.text()).startsWith("---\n")).toBe(true);
    expect((await get(path, { headers: { "if-none-match": etag } })).status).toBe(304);
    const head = await get(path, { method: "HEAD" });
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(100);
    expect(await head.text()).toBe("");
  });

  test("are redirected if large, with size, hash and commit on the redirect", async () => {
    for (const method of ["GET", "HEAD"]) {
      const response = await get(await parquet(), { method });
      expect(response.status).toBe(302);
      expect(response.headers.get("x-repo-commit")).toBe(commit);
      expect(response.headers.get("x-linked-etag")).toMatch(/^"[0-9a-f]{64}"$/);
      const whole = await fetch(response.headers.get("location") ?? "");
      expect(whole.headers.get("etag")).toBe(response.headers.get("x-linked-etag"));
      expect((await whole.arrayBuffer()).byteLength).toBe(Number(response.headers.get("x-linked-size")));
    }
  });

  test("are sent in ranges: the beginning, the end, the middle; 416 beyond the end", async () => {
    const url = (await get(await parquet())).headers.get("location") ?? "";
    const whole = Buffer.from(await (await fetch(url)).arrayBuffer());
    const part = async (range: string): Promise<[number, string | null, Buffer]> => {
      const response = await fetch(url, { headers: { range } });
      return [
        response.status,
        response.headers.get("content-range"),
        Buffer.from(await response.arrayBuffer()),
      ];
    };
    const { length } = whole;
    expect(await part("bytes=0-3")).toEqual([206, `bytes 0-3/${length}`, Buffer.from("PAR1")]);
    expect(await part("bytes=-4")).toEqual([
      206,
      `bytes ${length - 4}-${length - 1}/${length}`,
      Buffer.from("PAR1"),
    ]);
    expect((await part("bytes=100-199"))[2]).toEqual(whole.subarray(100, 200));
    expect((await part(`bytes=100-${length + 50}`))[2].equals(whole.subarray(100))).toBe(true);
    expect((await part(`bytes=${length}-`)).slice(0, 2)).toEqual([416, `bytes */${length}`]);
  });

  test("are refused by the CDN for a wrong or expired signature", async () => {
    const url = new URL((await get(await parquet())).headers.get("location") ?? "");
    const withParameter = (name: string, value: string): string => {
      const changed = new URL(url);
      changed.searchParams.set(name, value);
      return changed.href;
    };
    expect((await fetch(withParameter("Signature", "x"))).status).toBe(403);
    expect((await fetch(withParameter("Expires", "1"))).status).toBe(403);
    expect((await fetch(url)).status).toBe(200);
  });

  test.each([
    [undefined, undefined],
    ["bytes=0-0", { start: 0, end: 1 }],
    ["bytes=5-", { start: 5, end: 10 }],
    ["bytes=-3", { start: 7, end: 10 }],
    ["bytes=-30", { start: 0, end: 10 }],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=10-", "unsatisfiable"],
    ["bytes=5-2", undefined],
    ["bytes=-", undefined],
    ["bytes=0-1,3-4", undefined],
    ["lines=0-1", undefined],
  ])("the range %j of ten bytes is %j", (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected);
  });
});

describe("the generated data set on the hub", () => {
  test("is written once, and again if a file was damaged, and has the same commit everywhere", async () => {
    const splits = () => [{ name: "train_sft", rows: rowsOf("train_sft", 30), shards: 1 }];
    const directory = join(hub.directory, "seeded");
    const storage = openHubStorage(directory);
    expect(await seedDataset(storage, { splits: splits() })).toBe(true);
    expect(await seedDataset(openHubStorage(directory), { splits: splits() })).toBe(false);
    const [blobs] = await readdir(join(directory, "blobs"));
    const [blob] = await readdir(join(directory, "blobs", blobs ?? ""));
    await truncate(join(directory, "blobs", blobs ?? "", blob ?? ""), 1);
    expect(await seedDataset(openHubStorage(directory), { splits: splits() })).toBe(true);
    const elsewhere = openHubStorage(`${directory}-elsewhere`);
    await seedDataset(elsewhere, { splits: splits() });
    const id = "HuggingFaceH4/ultrachat_200k";
    expect((await elsewhere.find(id))?.refs).toEqual((await storage.find(id))?.refs);
  });

  test("exists on first use, with the original's four splits and file names, and so does the base model's tokenizer", async () => {
    const home = await mkdtemp(join(tmpdir(), "hub-home-"));
    const app = Fastify();
    const closers: Array<() => Promise<void> | void> = [];
    const part = {
      home,
      baseUrl: "https://hub.invalid",
      log: () => undefined,
      onClose: (stop: () => void) => void closers.push(stop),
    };
    registerHub(app, part as unknown as Cloud);
    const response = await app.inject("/hub/api/datasets/HuggingFaceH4/ultrachat_200k/tree/main/data");
    const names = response
      .json<Array<{ path: string }>>()
      .map(({ path }) => path.replace(/-[0-9a-f]{16}/, ""));
    expect(names).toEqual([
      "data/test_gen-00000-of-00001.parquet",
      "data/test_sft-00000-of-00001.parquet",
      ...[0, 1, 2].map((shard) => `data/train_gen-0000${shard}-of-00003.parquet`),
      ...[0, 1, 2].map((shard) => `data/train_sft-0000${shard}-of-00003.parquet`),
    ]);
    const model = "microsoft/Phi-3-mini-4k-instruct";
    const info = await app.inject(`/hub/api/models/${model}/revision/main`);
    expect(info.json()).toMatchObject({ id: model, modelId: model, sha: expect.any(String) as string });
    for (const name of ["tokenizer.json", "config.json"]) {
      const file = await app.inject(`/hub/${model}/resolve/main/${name}`);
      expect(file.statusCode).toBe(200);
      expect(file.rawPayload).toEqual(await readFile(join(baseModelFolder(), name)));
    }
    expect((await app.inject(`/hub/api/datasets/${model}`)).statusCode).toBe(401);
    await app.close();
    for (const close of closers) await close();
    await rm(home, { recursive: true });
  });
});
