/**
 * The interface of the local cloud's parts. `server.ts` wires one `Cloud` and passes it to every part. A part
 * is a function
 * `(app, cloud) => void` that registers its routes; parts depend on each other only through this interface.
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

/**
 * JSON documents by collection and key. They survive restarts. Reads come from memory; writes are journalled.
 */
export interface Store {
  get<T>(collection: string, key: string): T | undefined;
  put<T>(collection: string, key: string, value: T): void;
  delete(collection: string, key: string): void;
  /** Entries whose key starts with `prefix` (default: all), in insertion order. */
  list<T>(collection: string, prefix?: string): Array<[key: string, value: T]>;
  /** Resolves when everything written so far is on disk. */
  flush(): Promise<void>;
}

/** The cloud's own time. A profile defines how long things take; with `instant`, nothing takes time. */
export interface Clock {
  now(): Date;
  /**
   * Waits for a simulated Azure latency, by the name that profiles use (`compute.create`, `node.start`, …).
   */
  latency(name: string, signal?: AbortSignal): Promise<void>;
  /** Waits for a time span that the user configured (idle seconds, probe delays), in virtual milliseconds. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** A named latency in the same unit as configured time spans, for comparison with them. */
  spanOf(name: string): number;
  /** Runs real work: the clock does not advance past it. The work must not wait for the clock. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

/** The caller, from a verified token of the local cloud. */
export interface Caller {
  objectId: string;
  tenantId: string;
  audience: string;
}

/** Access to the blob store for the parts that read and write it as a service does. */
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
  /**
   * Name below the prefix and length in bytes of every blob under it; empty if the container does not exist.
   */
  list(uri: BlobPath): Promise<Array<{ name: string; bytes: number }>>;
  /** A read-only URL for one blob, valid for an hour, that needs no Authorization header (log files). */
  readUrl(uri: BlobPath): Promise<string>;
  /**
   * A URL that creates or overwrites one blob, valid for an hour, that needs no Authorization header
   * (artifacts).
   */
  writeUrl(uri: BlobPath): Promise<string>;
  /**
   * Creates a container and returns a URL that reads, lists and writes everything in it for an hour (client
   * uploads).
   */
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
   * Direct and indirect children of an id, or all resources of a type (`Microsoft.X/y/z`). `matches` receives
   * ids in lower case; resources it rejects are not parsed, which matters when there are thousands.
   */
  children(id: string, matches?: (id: string) => boolean): ArmResource[];
  ofType(type: string, matches?: (id: string) => boolean): ArmResource[];
  /** Ids (lower case) of the children, without parsing them. */
  idsBelow(id: string): string[];
  /**
   * Registers what happens when a resource of a type is removed, by its own DELETE or with its parent or
   * resource group: stop what runs for it, free what it uses. Called before the resource leaves the store.
   */
  onRemove(type: string, hook: (resource: ArmResource) => Promise<void> | void): void;
  /** Removes a resource and everything below it, deepest first, and runs the hooks. */
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
  /** Stored by the service and never returned (keys, write-only values). */
  hidden?: Record<string, unknown>;
}

export interface LongRunning {
  /**
   * Registers how work of a `kind` continues after a stop of the cloud. It is called at start, for each such
   * operation, with the id of its resource. Operations without one end as Failed (`OperationInterrupted`).
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
  /**
   * Headers of an answer that shows a resource: when to poll again while work on it continues (clients
   * without a hint wait 10 to 30 s).
   */
  retryHeaders(resourceId: string): Record<string, string>;
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
  /** Faults on demand. */
  faults: Faults;
  /** Issues a signed token of the local cloud. It is valid for one hour by default. */
  issueToken(audience: string, expiresInSeconds?: number): string;
  /** Verifies a bearer token of the local cloud. @throws ArmError 401 */
  verifyToken(authorization: string | undefined, audiences: readonly string[]): Caller;
  /** Writes a line to the cloud's log. It must not contain secrets. */
  log(area: string, message: string): void;
  /** Registers something that must stop with the cloud (workers, timers). */
  onClose(stop: () => Promise<void> | void): void;
}

/**
 * Registers the routes of one part. Paths are Fastify's and match without case. The core does the following
 * for every route: token (see RouteAccess), api-version on ARM paths, ARM-shaped errors (throw ArmError), ids
 * and correlation headers, request log, and no answer to a write before the store is on disk.
 * `registerArmType` (`local/cloud/arm/type.ts`) implements get, list, put, patch and delete of one ARM type
 * from a table; parts may use it too. Jobs are ArmResources of type
 * `Microsoft.MachineLearningServices/workspaces/jobs` with `properties.status`: the inventory and the idle
 * stop read those, and `…/onlineEndpoints` and `…/onlineEndpoints/deployments`.
 */
export type Part = (app: FastifyInstance, cloud: Cloud) => void;
