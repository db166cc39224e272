/**
 * What every part of the local cloud is given: one `Cloud`, wired in `server.ts`. A part is a function
 * `(app, cloud) => void` that registers its routes; parts know each other only through this interface.
 */
import type { FastifyInstance } from "fastify";

/** JSON documents by collection and key; survives restarts. Reads are synchronous from memory, writes are journalled. */
export interface Store {
  get<T>(collection: string, key: string): T | undefined;
  put<T>(collection: string, key: string, value: T): void;
  delete(collection: string, key: string): void;
  /** Entries whose key starts with `prefix` (default: all), in insertion order. */
  list<T>(collection: string, prefix?: string): Array<[key: string, value: T]>;
  /** Resolves when everything written so far is on disk. */
  flush(): Promise<void>;
}

/** Virtual time: a profile scales Azure's latencies; `instant` makes them zero. */
export interface Clock {
  now(): Date;
  /** Waits for a simulated Azure latency, named so that profiles can set it (`compute.create`, `node.start`, …). */
  latency(name: string, signal?: AbortSignal): Promise<void>;
}

/** Who is calling, from a verified token of our own issue. */
export interface Caller {
  objectId: string;
  tenantId: string;
  audience: string;
}

/** The workspace's blob store, for the parts of the cloud that read and write it as a service would. */
export interface Blobs {
  /** Downloads one blob, or every blob under a prefix, into a local directory; returns the files written. */
  downloadTo(uri: BlobPath, directory: string): Promise<string[]>;
  /** Uploads every file of a local directory under the prefix. */
  uploadFrom(directory: string, uri: BlobPath): Promise<void>;
  putText(uri: BlobPath, text: string): Promise<void>;
  getText(uri: BlobPath): Promise<string | undefined>;
  exists(uri: BlobPath): Promise<boolean>;
  /** Creates the container if it is missing. */
  ensureContainer(account: string, container: string): Promise<void>;
  /** A read-only URL for one blob, valid for an hour, that needs no Authorization header (log files). */
  readUrl(uri: BlobPath): Promise<string>;
}

export interface BlobPath {
  account: string;
  container: string;
  /** Blob name, or prefix without trailing slash. */
  path: string;
}

/** ARM resources by id (ids compare case-insensitively; the stored casing is the first PUT's). */
export interface ArmResources {
  get(id: string): ArmResource | undefined;
  put(resource: ArmResource): void;
  delete(id: string): void;
  /** Direct and indirect children of an id, or all resources of a type (`Microsoft.X/y/z`). */
  children(id: string): ArmResource[];
  ofType(type: string): ArmResource[];
}

export interface ArmResource {
  id: string;
  name: string;
  type: string;
  location?: string;
  tags?: Record<string, string>;
  kind?: string;
  sku?: Record<string, unknown>;
  identity?: Record<string, unknown>;
  properties: Record<string, unknown>;
  systemData?: Record<string, unknown>;
  /** Kept by the service, never returned (keys, write-only values). */
  hidden?: Record<string, unknown>;
}

export interface LongRunning {
  /**
   * Starts `work` as an ARM long-running operation on `resourceId` and returns the headers for the 201/202 answer
   * (`Azure-AsyncOperation`, `Location`, `retry-after-ms`). While it runs, the resource's provisioningState is what the
   * caller stored; `work` stores the final state. A rejection becomes the operation's `error` and provisioningState Failed.
   */
  start(
    resourceId: string,
    kind: string,
    work: (signal: AbortSignal) => Promise<void>,
  ): Record<string, string>;
}

export interface Cloud {
  /** Absolute directory of this cloud's state. */
  home: string;
  /** `https://127.0.0.1:<port>`, no trailing slash. */
  baseUrl: string;
  store: Store;
  clock: Clock;
  resources: ArmResources;
  lro: LongRunning;
  blobs: Blobs;
  /** Issues a signed token of our own. Default life one hour. */
  issueToken(audience: string, expiresInSeconds?: number): string;
  /** Verifies a bearer token of our own; throws ARM-shaped 401 otherwise. */
  verifyToken(authorization: string | undefined, audiences: readonly string[]): Caller;
  /** One line in the cloud's log; secrets never. */
  log(area: string, message: string): void;
  /** Registers something that must stop with the cloud (workers, timers). */
  onClose(stop: () => Promise<void> | void): void;
}

/** Registers the routes of one part. Paths are Fastify's, matched case-insensitively. */
export type Part = (app: FastifyInstance, cloud: Cloud) => void;

/** An error that becomes ARM's body `{error: {code, message, target, details}}`. */
export class ArmError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly extra: {
      target?: string;
      details?: Array<{ code: string; message: string }>;
      headers?: Record<string, string>;
    } = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "ArmError";
  }
}
