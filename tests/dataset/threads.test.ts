import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { FileMetaData } from "hyparquet" with { "resolution-mode": "import" };
import { createDecoders } from "../../dataset/decoders";
import { metadataOf, readFooter } from "../../dataset/parquet";
import { chatFiles, rowsOf } from "./testHub";

const script = resolve(__dirname, "../../dist/dataset/decodeWorker.js");

/** Threads run compiled code: `npm run build` must have run. */
(existsSync(script) ? describe : describe.skip)("row groups decoded in threads", () => {
  const taskOf = async () => {
    const files: Buffer[] = [];
    for await (const { path, bytes } of chatFiles({ train: rowsOf("train", 1_200) }))
      if (path.endsWith(".parquet")) files.push(bytes);
    const file = files[0] as Buffer;
    const reader = {
      name: "train.parquet",
      size: file.length,
      read: (start: number, end: number) => Promise.resolve(new Uint8Array(file.subarray(start, end))),
      close: () => Promise.resolve(),
    };
    const footer = await readFooter(reader);
    return (index: number, change: (bytes: Uint8Array) => void = () => undefined) => {
      const group = footer.groups[index];
      if (!group) throw new Error(`no row group ${index}`);
      const bytes = new Uint8Array(file.subarray(group.start, group.end));
      change(bytes);
      return {
        file: reader.name,
        fileBytes: reader.size,
        metadata: metadataOf(footer, group) satisfies FileMetaData,
        group,
        bytes,
        offset: group.start,
        rows: { from: 0, to: group.rows },
        onBadRow: "fail" as const,
        values: true,
      };
    };
  };

  test("give the results and errors of the main thread", async () => {
    const task = await taskOf();
    const [own, pool] = [createDecoders(undefined, 0), createDecoders(undefined, 2)];
    try {
      pool.expect(1 << 30);
      expect([own.width, pool.width]).toEqual([1, 3]);
      const [here, there] = await Promise.all(
        [own, pool].map((decoders) => Promise.all([0, 1, 2].map((index) => decoders.decode(task(index))))),
      );
      const texts = (all: typeof here) => all?.map(({ lines }) => Buffer.from(lines).toString());
      expect(texts(there)).toEqual(texts(here));
      expect(there?.map(({ facts }) => facts.textBytes)).toEqual(here?.map(({ facts }) => facts.textBytes));
      const broken = () => task(1, (bytes) => bytes.fill(0xff, 50, 400));
      const messages = await Promise.all(
        [own, pool].map((decoders) => decoders.decode(broken()).catch((error: unknown) => error)),
      );
      expect(messages[1]).toMatchObject({ code: "CorruptParquet", message: (messages[0] as Error).message });
      // The thread that reported the error continues to work.
      expect(Buffer.from((await pool.decode(task(2))).lines).toString()).toBe(texts(here)?.[2]);
    } finally {
      await Promise.all([own.close(), pool.close()]);
    }
  });
});
