import { createHash } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { onDisk } from "./disk";

/** Bytes between flushes. Flushing during the run avoids one long flush at the end. */
const flushEvery = 64 << 20;

/** Writes one file under a hidden name, hashes it meanwhile, and renames it when it is complete. */
export type LineWriter = Awaited<ReturnType<typeof openWriter>>;

/** Opens the writer of `<directory>/<name>`. The caller must hold the directory's lock. */
export async function openWriter(directory: string, name: string) {
  const partial = join(directory, `.${name}.partial`);
  const path = join(directory, name);
  const handle = await onDisk(partial, open(partial, "w"));
  const hash = createHash("sha256");
  let bytes = 0;
  let flushed = 0;
  return {
    get bytes() {
      return bytes;
    },
    async append(text: Uint8Array): Promise<void> {
      hash.update(text);
      for (let offset = 0; offset < text.length;)
        offset += (await onDisk(partial, handle.write(text, offset))).bytesWritten;
      bytes += text.length;
      if (bytes - flushed < flushEvery) return;
      flushed = bytes;
      await onDisk(partial, handle.datasync());
    },
    /** Flushes the file to disk and renames it to its final name. */
    async finish(): Promise<{ bytes: number; sha256: string }> {
      await onDisk(partial, handle.sync());
      await handle.close();
      await onDisk(path, rename(partial, path));
      return { bytes, sha256: hash.digest("hex") };
    },
    async discard(): Promise<void> {
      await handle.close();
      await rm(partial, { force: true });
    },
  };
}
