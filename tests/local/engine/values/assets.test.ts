import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { hashAssets } from "../../../../local/engine/values/assets";
import {
  signatureKey,
  signatures,
  type Properties,
  type Value,
} from "../../../../local/engine/values/values";

const asset = (contents: Properties): Properties => ({ [signatureKey]: signatures.asset, ...contents });
const archive = (contents: Properties): Properties => ({ [signatureKey]: signatures.archive, ...contents });
const sha256OfHello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

describe("hashes of assets and archives", () => {
  const root = mkdtempSync(join(tmpdir(), "assets-"));
  beforeAll(() => {
    mkdirSync(join(root, "dir/sub/.pulumi"), { recursive: true });
    writeFileSync(join(root, "hello.txt"), "hello");
    writeFileSync(join(root, "hello.zip"), "hello");
    writeFileSync(join(root, "dir/a.txt"), "hello");
    writeFileSync(join(root, "dir/sub/.pulumi/skipped"), "no");
    symlinkSync(join(root, "dir"), join(root, "dir/sub/link"));
  });
  afterAll(() => rmSync(root, { recursive: true }));
  const hashOf = async (value: Value): Promise<unknown> =>
    ((await hashAssets({ x: value }, root)).x as Properties).hash;

  // The hashes of archives were computed with Go's archive/tar, which Pulumi uses.
  test.each<[string, Properties, string]>([
    ["a text", asset({ text: "hello" }), sha256OfHello],
    ["no text", asset({ text: "" }), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["a file, relative to the program", asset({ path: "hello.txt" }), sha256OfHello],
    ["a file URI", asset({ uri: pathToFileURL(join(root, "hello.txt")).href }), sha256OfHello],
    ["a hash that is there", asset({ text: "hello", hash: "kept" }), "kept"],
    ["an archive file", archive({ path: "./hello.zip" }), sha256OfHello],
    [
      "an empty archive",
      archive({ assets: {} }),
      "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    ],
    [
      "an archive of assets",
      archive({ assets: { "a.txt": asset({ text: "hello" }) } }),
      "abe1608443363f153db85c1098d8bff5dd0feb574270b05b451d81bc2807abde",
    ],
    [
      "a directory",
      archive({ path: "dir" }),
      "abe1608443363f153db85c1098d8bff5dd0feb574270b05b451d81bc2807abde",
    ],
    [
      "archives in archives, with names that are not ASCII",
      archive({ assets: { dir: archive({ assets: { "ü.txt": asset({ text: "x".repeat(600) }) } }) } }),
      "0f3bd7773747cdfdcb2fe6baba135368f34798da3355e1f37036f76f1b914911",
    ],
    [
      "long names",
      archive({ assets: { [`${"d".repeat(120)}/${"f".repeat(90)}`]: asset({ text: "y" }) } }),
      "0c8ddbabcd2412f775c26541e9c15d4ec4788059a5d33105430030f8a9e44cf1",
    ],
  ])("%s", async (_what, value, expected) => {
    expect(await hashOf(value)).toBe(expected);
  });

  test("assets are found wherever they are, and everything else stays what it is", async () => {
    const plain = { deep: [1, { b: null }] };
    const hashed = await hashAssets({ plain, list: [asset({ text: "hello" })] }, root);
    expect(hashed.plain).toBe(plain);
    expect(hashed.list).toEqual([asset({ text: "hello", hash: sha256OfHello })]);
  });

  test.each<[string, Properties, string]>([
    ["a file that is not there", asset({ path: "gone.txt" }), "gone.txt"],
    ["a directory as an asset", asset({ path: "dir" }), "is a directory; use an archive"],
    ["a file as an archive", archive({ path: "hello.txt" }), "neither an archive file nor a directory"],
    [
      "a place on the network",
      asset({ uri: "https://example.org/a" }),
      "https://example.org/a is on the network",
    ],
    [
      "an archive file in an archive",
      archive({ assets: { z: archive({ path: "hello.zip" }) } }),
      "unpack it",
    ],
    ["a member that is a number", archive({ assets: { n: 1 } }), 'member "n"'],
  ])("%s is refused, naming the property", async (_what, value, expected) => {
    await expect(hashAssets({ code: value }, root)).rejects.toThrow(expected);
    await expect(hashAssets({ code: value }, root)).rejects.toThrow('property "code"');
  });
});
