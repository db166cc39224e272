import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import Fastify from "fastify";
import { encodeParquet } from "../../local/data/parquet";
import { serveHub } from "../../local/cloud/hub/hub";
import { publishRepository } from "../../local/cloud/hub/publish";
import { openHubStorage, type HubStorage } from "../../local/cloud/hub/storage";
import { conversationsFor, realShape } from "./chatText";

/**
 * The benchmark's command to the hub: the bandwidth from now on, in bytes per second (0: unlimited). It also
 * resets the byte count.
 */
export interface HubCommand {
  bytesPerSecond: number;
}

/** The hub's messages: its address, and after every command the bytes sent since the previous one. */
export type HubEvent = { endpoint: string } | { sentBytes: number };

const datasetId = "bench/chat";
const rowGroupRows = 1000; // as in the real data set's files

/**
 * A hub in its own process. It generates its data once per scale, serves it with limited bandwidth, and
 * counts the bytes.
 */
async function main(): Promise<void> {
  const [home = "", scale = "1"] = process.argv.slice(2);
  const storage = openHubStorage(home);
  const present = await storage.find(datasetId);
  if (!present || !(await storage.hasBlobs(present))) await generate(storage, Number(scale));
  const app = Fastify();
  const cloud = { baseUrl: "", log: () => undefined };
  serveHub(app, cloud, storage, () => Promise.resolve());
  await app.listen({ port: 0, host: "127.0.0.1" });
  const inner = (app.server.address() as AddressInfo).port;
  const line = limitedLine(inner);
  line.server.listen(0, "127.0.0.1", () => {
    cloud.baseUrl = `http://127.0.0.1:${(line.server.address() as AddressInfo).port}`;
    process.send?.({ endpoint: `${cloud.baseUrl}/hub` } satisfies HubEvent);
  });
  process.on("message", ({ bytesPerSecond }: HubCommand) => {
    process.send?.({ sentBytes: line.limit(bytesPerSecond) } satisfies HubEvent);
  });
  process.on("disconnect", () => process.exit(0));
}

async function generate(storage: HubStorage, scale: number): Promise<void> {
  async function* files() {
    for (const { name, rows, shards } of realShape) {
      const make = conversationsFor(name);
      const total = Math.max(20, Math.round(rows * scale));
      for (let shard = 0; shard < shards; shard++) {
        const count = Math.floor(((shard + 1) * total) / shards) - Math.floor((shard * total) / shards);
        const { bytes } = await encodeParquet(make(count), rowGroupRows);
        const number = (value: number): string => String(value).padStart(5, "0");
        yield { path: `data/${name}-${number(shard)}-of-${number(shards)}.parquet`, bytes };
      }
    }
    const splits = realShape.map(({ name }) => `  - split: ${name}\n    path: data/${name}-*\n`).join("");
    const card = `---\nconfigs:\n- config_name: default\n  data_files:\n${splits}---\n`;
    yield { path: "README.md", bytes: Buffer.from(card) };
  }
  await publishRepository(storage, { id: datasetId, files: files() });
}

/** Forwards connections. All responses share one bandwidth. */
function limitedLine(port: number) {
  let bytesPerSecond = 0;
  let sent = 0;
  let freeAt = 0;
  const server = createServer((client: Socket) => {
    const target = connect(port, "127.0.0.1");
    const end = (): void => void [client.destroy(), target.destroy()];
    client.pipe(target);
    client.on("error", end).on("close", end);
    target.on("error", end).on("end", () => client.end());
    target.on("data", (chunk) => {
      sent += chunk.length;
      const now = performance.now();
      if (bytesPerSecond > 0) freeAt = Math.max(now, freeAt) + (1000 * chunk.length) / bytesPerSecond;
      const isWritable = client.write(chunk);
      if (bytesPerSecond > 0 && freeAt - now > 5) {
        target.pause();
        setTimeout(() => target.resume(), freeAt - now);
      } else if (!isWritable) {
        target.pause();
        client.once("drain", () => target.resume());
      }
    });
  });
  return {
    server,
    limit(bytes: number): number {
      const before = sent;
      bytesPerSecond = bytes;
      sent = 0;
      freeAt = 0;
      return before;
    },
  };
}

void main();
