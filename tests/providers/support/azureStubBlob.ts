/** The blob service of the stub: one container, blocks and metadata. */
import type { Respond, AzureStub, RecordedRequest } from "./azureStubTypes";

/** Uncommitted blocks by blob name. */
const blocks = new Map<string, Map<string, Buffer>>();

export function blob(stub: AzureStub, seen: RecordedRequest, bytes: Buffer, respond: Respond): void {
  const name = seen.path.slice("/blob/data/".length);
  const stored = stub.blobs.get(name);
  const metadata = Object.fromEntries(
    Object.entries(seen.headers)
      .filter(([key]) => key.startsWith("x-ms-meta-"))
      .map(([key, value]) => [key.slice(10), String(value)]),
  );
  if (seen.method === "PUT" && seen.query.get("comp") === "block") {
    const parts = blocks.get(name) ?? new Map<string, Buffer>();
    blocks.set(name, parts.set(seen.query.get("blockid") ?? "", bytes));
    return respond(201);
  }
  if (seen.method === "PUT" && seen.query.get("comp") === "blocklist") {
    const ids = [...bytes.toString("utf8").matchAll(/<Latest>([^<]+)<\/Latest>/g)].map(
      (match) => match[1] ?? "",
    );
    const whole = Buffer.concat(ids.map((id) => blocks.get(name)?.get(id) ?? Buffer.alloc(0)));
    stub.blobs.set(name, { bytes: whole, metadata });
    return respond(201);
  }
  if (seen.method === "PUT") {
    stub.blobs.set(name, { bytes, metadata });
    return respond(201);
  }
  const left = blocks.get(name);
  if (seen.method === "GET" && seen.query.get("comp") === "blocklist" && left && !stored) {
    const list = [...left].map(
      ([id, part]) => `<Block><Name>${id}</Name><Size>${part.length}</Size></Block>`,
    );
    const xml = `<?xml version="1.0" encoding="utf-8"?><BlockList><UncommittedBlocks>${list.join("")}</UncommittedBlocks></BlockList>`;
    return respond(200, Buffer.from(xml), { "content-type": "application/xml" });
  }
  if (!stored) return respond(404, undefined, { "x-ms-error-code": "BlobNotFound" });
  if (seen.method === "DELETE") {
    stub.blobs.delete(name);
    return respond(202);
  }
  const headers = {
    ...Object.fromEntries(Object.entries(stored.metadata).map(([key, value]) => [`x-ms-meta-${key}`, value])),
    etag: '"1"',
    "last-modified": new Date(0).toUTCString(),
  };
  return respond(200, stored.bytes, headers);
}
