import Module, { createRequire } from "node:module";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { LOOPBACK } from "../../local/cloud/constants";

interface AzuriteServer {
  start(): Promise<void>;
  close(): Promise<void>;
  readonly httpServer: Server;
  readonly accountDataStore: { refresh(): void };
  readonly metadataStore: { db: Database };
  readonly extentMetadataStore: { db: Database };
}

/** A LokiJS database. */
interface Database {
  serialize(): string;
  loadJSON(text: string): void;
}

/** Pieces of blobs by category and id. Azurite never changes a piece. */
interface ChunkStore {
  set(category: string, chunk: object): void;
  _chunks: Map<string, { chunks: Map<string, object> }>;
}

interface Azurite {
  Configuration: new (...settings: unknown[]) => unknown;
  Server: new (configuration: unknown) => AzuriteServer;
  ChunkStore: new (limit: number) => ChunkStore;
}

let loaded: Azurite | undefined;

/** Azurite's classes; loading them takes most of a second. */
function azurite(): Azurite {
  return (loaded ??= withoutTelemetry(loadAzurite));
}

type Loader = { _load(name: string, ...rest: unknown[]): unknown };

/** Azurite loads its telemetry client even if it sends nothing, and that traces every request of the process. */
function withoutTelemetry<T>(work: () => T): T {
  const loader = Module as unknown as Loader;
  const load = loader._load;
  loader._load = (name, ...rest) => (name === "applicationinsights" ? {} : load.call(loader, name, ...rest));
  try {
    return work();
  } finally {
    loader._load = load;
  }
}

function loadAzurite(): Azurite {
  const load = createRequire(__filename);
  const member = (file: string, name = "default"): unknown =>
    (load(`azurite/dist/src/${file}`) as Record<string, unknown>)[name];
  return {
    Configuration: member("blob/BlobConfiguration") as Azurite["Configuration"],
    Server: member("blob/BlobServer") as Azurite["Server"],
    ChunkStore: member(
      "common/persistence/MemoryExtentStore",
      "MemoryExtentChunkStore",
    ) as Azurite["ChunkStore"],
  };
}

/** A blob service of this process with everything in memory. */
export interface BlobServer {
  setAccounts(accounts: string): void;
  close(): Promise<void>;
}

/** Everything that a blob service contains. */
export interface BlobImage {
  databases: string[];
  chunks: [category: string, chunks: object[]][];
}

let current: { server: AzuriteServer; chunks: ChunkStore } | undefined;
let next: BlobImage | undefined;

/** What the running blob service contains; undefined if none runs. */
export function blobImage(): BlobImage | undefined {
  if (!current) return undefined;
  const { server, chunks } = current;
  return {
    databases: databasesOf(server).map((database) => database.serialize()),
    chunks: [...chunks._chunks].map(([category, { chunks: own }]) => [category, [...own.values()]]),
  };
}

/** The next blob service starts with this content; undefined: empty. */
export function startNextWith(image: BlobImage | undefined): void {
  next = image;
}

const databasesOf = ({ metadataStore, extentMetadataStore }: AzuriteServer): Database[] => [
  metadataStore.db,
  extentMetadataStore.db,
];

/** Starts a blob service, empty or with a given content. Otherwise as local/cloud/azuriteProcess.ts does. */
export async function startBlobServer(options: {
  port: number;
  certFile: string;
  keyFile: string;
  accounts: string;
}): Promise<BlobServer> {
  process.env["AZURITE_ACCOUNTS"] = options.accounts;
  const { Configuration, Server: BlobServer, ChunkStore } = azurite();
  const chunks = new ChunkStore(Number.MAX_SAFE_INTEGER);
  const configuration = new Configuration(
    ...[LOOPBACK, options.port, 5, "blobs.json", "extents.json", []],
    ...[false, undefined, false, undefined, false, true],
    ...[options.certFile, options.keyFile, "", "basic", false, true, chunks],
  );
  const server = new BlobServer(configuration);
  await server.start();
  const image = next;
  next = undefined;
  databasesOf(server).forEach((database, index) => {
    const text = image?.databases[index];
    if (text !== undefined) database.loadJSON(text);
  });
  for (const [category, own] of image?.chunks ?? []) for (const chunk of own) chunks.set(category, chunk);
  current = { server, chunks };
  const { httpServer } = server;
  const behind = httpServer.listeners("request") as RequestListener[];
  httpServer.removeAllListeners("request");
  httpServer.on("request", (request: IncomingMessage, response: ServerResponse) => {
    request.url = plainPath(request.url ?? "");
    for (const listener of behind) listener.call(httpServer, request, response);
  });
  return {
    setAccounts: (accounts) => {
      process.env["AZURITE_ACCOUNTS"] = accounts;
      server.accountDataStore.refresh();
    },
    close: async () => {
      httpServer.closeAllConnections();
      current = undefined;
      await server.close();
    },
  };
}

/** Without the storage suffix that local/cloud/blobs.ts adds after the account. */
function plainPath(url: string): string {
  return url.replace(/^\/([a-z0-9]{3,24})\.blob\.localhost(?::|%3A)\d+\//i, "/$1/");
}
