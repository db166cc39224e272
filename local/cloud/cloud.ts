/**
 * What the parts of the local cloud see of each other. A part is a function `(app, cloud) => void` that
 * registers its routes; `server.ts` wires them.
 */
import type { FastifyInstance } from "fastify";
import type { Faults } from "./faults/faults";

/**
 * Who may call a route; set as Fastify's route option `config: { access }`.
 * - `arm` (default): a bearer token of the local cloud for ARM or `https://ml.azure.…`.
 * - `public`: no token is checked (metadata, discovery, SAS-like log URLs; default under `/hub`).
 * - `own`: the route authenticates its caller itself (scoring keys).
 */
export type RouteAccess = "arm" | "public" | "own";

declare module "fastify" {
  interface FastifyContextConfig {
    access?: RouteAccess;
    /**
     * A POST that changes nothing (a search, a score): it is not counted as a write. `isWrite` recognizes
     * listKeys, token and the like by name.
     */
    readOnly?: boolean;
  }
}

/** JSON documents by collection and key. Reads come from memory; writes are journalled. */
export interface Store {
  get<T>(collection: string, key: string): T | undefined;
  put<T>(collection: string, key: string, value: T): void;
  delete(collection: string, key: string): void;
  /** Entries whose key starts with `prefix` (default: all), in insertion order. */
  list<T>(collection: string, prefix?: string): Array<[key: string, value: T]>;
  /** Resolves when everything written so far is on disk. */
  flush(): Promise<void>;
}

/** A profile defines how long things take; with `instant`, nothing takes time. */
export interface Clock {
  now(): Date;
  /**
   * Waits for a simulated Azure latency, by the name that profiles use (`compute.create`, `node.start`, …).
   */
  latency(name: string, signal?: AbortSignal): Promise<void>;
  /** A time span that the user configured (idle seconds, probe delays), in virtual milliseconds. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** A named latency in the same unit as configured time spans, for comparison with them. */
  spanOf(name: string): number;
  /** Runs real work: the clock does not advance past it. The work must not wait for the clock. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

export interface Caller {
  objectId: string;
  tenantId: string;
  audience: string;
}

export interface Blobs {
  downloadTo(uri: BlobPath, directory: string): Promise<string[]>;
  uploadFrom(directory: string, uri: BlobPath): Promise<void>;
  putText(uri: BlobPath, text: string): Promise<void>;
  getText(uri: BlobPath): Promise<string | undefined>;
  exists(uri: BlobPath): Promise<boolean>;
  ensureContainer(account: string, container: string): Promise<void>;
  /**
   * Name below the prefix and length in bytes of every blob under it; empty if the container does not exist.
   */
  list(uri: BlobPath): Promise<Array<{ name: string; bytes: number }>>;
  /** Copies all blobs below a folder, or the blob at it, with their Content-MD5. */
  copy(from: BlobPath, to: BlobPath): Promise<void>;
  /**
   * The address of a blob or folder at its account's own name, without a signature. azure-ai-ml takes everything behind the first part of
   * the path for the blob's name (STORAGE_URI_REGEX in _artifacts/_constants.py of 1.35.2), and opens a signed address of the container.
   */
  url(uri: BlobPath): string;
  readUrl(uri: BlobPath): Promise<string>;
  /** The address of a container with a signature to list and read. */
  readContainerUrl(account: string, container: string): Promise<string>;
  writeUrl(uri: BlobPath): Promise<string>;
  writeContainerUrl(account: string, container: string): Promise<string>;
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
  /**
   * By parent id (all below it) or by type. `matches` receives ids in lower case; rejected resources are not
   * parsed, which matters when there are thousands.
   */
  children(id: string, matches?: (id: string) => boolean): ArmResource[];
  ofType(type: string, matches?: (id: string) => boolean): ArmResource[];
  /** Without parsing them; lower case. */
  idsBelow(id: string): string[];
  /**
   * The hook runs before a resource of the type leaves the store, whether by its own DELETE or its parent's.
   */
  onRemove(type: string, hook: (resource: ArmResource) => Promise<void> | void): void;
  /** With everything below it, deepest first; runs the hooks. */
  removeTree(id: string): Promise<void>;
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
  /** Never returned (keys, write-only values). */
  hidden?: Record<string, unknown>;
}

export interface LongRunning {
  /**
   * How work of a `kind` continues after a restart. Operations without one end as Failed
   * (`OperationInterrupted`).
   */
  resume(kind: string, continueWork: (resourceId: string, signal: AbortSignal) => Promise<void>): void;
  /**
   * Starts `work` as an ARM long-running operation on `resourceId` and returns the headers for the 201/202 answer
   * (`Azure-AsyncOperation`, `Location`, `Retry-After`). While it runs, the resource's provisioningState is what the
   * caller stored; `work` stores the final state. A rejection becomes the operation's `error` and provisioningState Failed.
   */
  start(
    resourceId: string,
    kind: string,
    work: (signal: AbortSignal) => Promise<void>,
    /**
     * `location`: the older style without `Azure-AsyncOperation` (resource groups). `none`: the service's own
     * work, which no
     * client polls and which the fault `fail-operation` does not affect. Default `async`.
     */
    style?: "async" | "location" | "none",
  ): Record<string, string>;
  /** When to poll again while work on the resource continues (clients without a hint wait 10 to 30 s). */
  retryHeaders(resourceId: string): Record<string, string>;
}

export interface Cloud {
  /** Absolute directory of this cloud's state. */
  home: string;
  baseUrl: string;
  store: Store;
  clock: Clock;
  resources: ArmResources;
  lro: LongRunning;
  blobs: Blobs;
  faults: Faults;
  /** Default lifetime: one hour. */
  issueToken(audience: string, expiresInSeconds?: number): string;
  /** @throws ArmError 401 */
  verifyToken(authorization: string | undefined, audiences: readonly string[]): Caller;
  /** Must not contain secrets. */
  log(area: string, message: string): void;
  /** Something that must stop with the cloud (workers, timers). */
  onClose(stop: () => Promise<void> | void): void;
}

/**
 * The core does the following for every route: token (see RouteAccess), api-version on ARM paths, ARM-shaped
 * errors (throw ArmError), ids and correlation headers, request log, and no answer to a write before the
 * store is on disk. Paths match without case. Jobs are ArmResources of type
 * `Microsoft.MachineLearningServices/workspaces/jobs` with `properties.status`: the inventory and the idle
 * stop read those.
 */
export type Part = (app: FastifyInstance, cloud: Cloud) => void;
