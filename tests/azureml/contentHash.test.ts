import fc from "fast-check";
import { listedContent, readContent } from "../../azureml/clients/modelContent";
import { contentOf, contentTags, taggedContent } from "../../azureml/contentHash";

const files = [
  { path: "MLmodel", bytes: 10, md5: "Xr4ilOzQ4PCOq3aQ0qbuaQ==" },
  { path: "data/model.safetensors", bytes: 1000, md5: "1B2M2Y8AsgTpgAmY7PhCfg==" },
];

describe("the content hash of a model", () => {
  test("is fixed: other programs and older versions of this one compute the same", () => {
    expect(contentOf(files)).toEqual({
      hash: "sha256:915b58b8a2e0352561e8be2317d344b3710c4560b450b222605c5852e323e4cc",
      files: 2,
      bytes: 1010,
    });
  });

  test("does not depend on the order of the files", () => {
    expect(contentOf([...files].reverse())).toEqual(contentOf(files));
  });

  test("changes with a path, a size or an MD5", () => {
    const [first, second] = files as [(typeof files)[0], (typeof files)[0]];
    const others = [
      [first],
      [first, { ...second, path: "model.safetensors" }],
      [first, { ...second, bytes: 1001 }],
      [first, { ...second, md5: first.md5 }],
    ];
    const hashes = [files, ...others].map((each) => contentOf(each).hash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test("keeps names apart that contain separators", () => {
    const name = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(name, name, (a, b) => {
        fc.pre(a !== b);
        const one = [{ path: a, bytes: 1, md5: b }];
        const other = [{ path: b, bytes: 1, md5: a }];
        expect(contentOf(one).hash).not.toBe(contentOf(other).hash);
      }),
    );
  });

  test("refuses a model without files, a path that occurs twice and a file without MD5", () => {
    expect(() => contentOf([])).toThrow("without files");
    expect(() => contentOf([...files, ...files])).toThrow("occurs twice");
    expect(() => contentOf([{ path: "a", bytes: 1, md5: "" }])).toThrow("no MD5");
  });

  test("can be read back from the tags of a version", () => {
    const content = contentOf(files);
    expect(taggedContent({ job: "j", ...contentTags(content) })).toEqual(content);
    expect(taggedContent({ job: "j" })).toBeUndefined();
  });
});

describe("files without Content-MD5", () => {
  const listed = files.map((file) => ({ ...file, name: `folder/${file.path}` }));
  const bytes = Buffer.alloc(1000);
  const source = (md5: string) => ({
    where: "folder",
    files: listed.map((file) => (file.bytes === 1000 ? { ...file, md5 } : file)),
    read: async function* (name: string) {
      expect(name).toBe("folder/data/model.safetensors");
      yield bytes.subarray(0, 600);
      yield bytes.subarray(600);
    },
  });

  test("are read, and the hash is that of a store which has their MD5", async () => {
    const notified: number[][] = [];
    const content = await readContent(source(""), (count, size) => void notified.push([count, size]));
    expect(notified).toEqual([[1, 1000]]);
    // MD5 of 1000 zero bytes.
    expect(content).toEqual(await readContent(source("7ePTtoW04Te6TLJSEymnXg==")));
  });

  test("leave the content unknown if nothing is to be read", () => {
    expect(listedContent(source(""))).toBeUndefined();
    expect(listedContent(source("x"))).toMatchObject({ files: 2, bytes: 1010 });
  });
});
