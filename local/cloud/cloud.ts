/**
 * What every part of the local cloud is given: one `Cloud`, wired in `server.ts`. A part is a function
 * `(app, cloud) => void` that registers its routes; parts know each other only through this interface.
 */
import type { FastifyInstance } from "fastify";
import type { Faults } from "./faults/faults";

/**
 * Who may call a route; set as Fastify's route option `config: { access }`.
 * - `arm` (default): a bearer token of our own for ARM or `https://ml.azure.…`.
 * - `public`: no token is looked at (metadata, discovery, SAS-like log URLs; default under `/hub`).
 * - `own`: the route checks its caller itself (scoring keys).
 */
export type RouteAccess = "arm" | "public" | "own";

declare module "fastify" {
  interface FastifyContextConfig {
    access?: RouteAccess;
    /** A POST that changes nothing (a search, a score): not counted as a write. listKeys, token… need no mark. */
    readOnly?: boolean;
  }
}

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

/** The cloud's own time: a profile says how long things take, `instant` nothing. */
export interface Clock {
  now(): Date;
  /** Waits for a simulated Azure latency, named so that profiles can set it (`compute.create`, `node.start`, …). */
  latency(name: string, signal?: AbortSignal): Promise<void>;
  /** Waits for a span the user configured (idle seconds, probe delays), in virtual milliseconds. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** A named latency in the same milliseconds as spans the user configured, to be compared with them. */
  spanOf(name: string): number;
  /** Real work, which takes as long as it takes: the clock is not moved past it. It must not wait for the clock itself. */
  during<T>(work: () => Promise<T>): Promise<T>;
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
  /** Name below the prefix and length in bytes of every blob under it; empty where there is no such container. */
  list(uri: BlobPath): Promise<Array<{ name: string; bytes: number }>>;
  /** A read-only URL for one blob, valid for an hour, that needs no Authorization header (log files). */
  readUrl(uri: BlobPath): Promise<string>;
  /** A URL that creates or overwrites one blob, valid for an hour, without Authorization header (artifacts). */
  writeUrl(uri: BlobPath): Promise<string>;
  /** Creates a container and gives a URL that reads, lists and writes everything in it for an hour (uploads of clients). */
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
   * Direct and indirect children of an id, or all resources of a type (`Microsoft.X/y/z`). `wanted` is told ids in lower case
   * and spares the reading of the rest, which counts where there are thousands.
   */
  children(id: string, wanted?: (id: string) => boolean): ArmResource[];
  ofType(type: string, wanted?: (id: string) => boolean): ArmResource[];
  /** Ids (lower case) of the children, unread. */
  idsBelow(id: string): string[];
  /**
   * Says what else goes when a resource of a type is removed, by its own DELETE or with its parent or resource group:
   * stop what runs for it, free what it holds. Called before the resource leaves the store.
   */
  onRemove(type: string, hook: (resource: ArmResource) => Promise<void> | void): void;
  /** Removes a resource and everything below it, deepest first, running the hooks. */
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
  /** Kept by the service, never returned (keys, write-only values). */
  hidden?: Record<string, unknown>;
}

export interface LongRunning {
  /**
   * Says how work of a `kind` goes on when the cloud was stopped in the middle of it: called while starting, for each
   * such operation, with the id of its resource. Kinds nobody resumes end as Failed (`OperationInterrupted`).
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
     * `location`: the older style without `Azure-AsyncOperation` (resource groups). `none`: work of the service's own that
     * no client polls, and that a fault `fail-operation` does not concern. Default `async`.
     */
    style?: "async" | "location" | "none",
  ): Record<string, string>;
  /** Headers of an answer that shows a resource: when to ask again, if work on it goes on (clients without a hint wait 10 to 30 s). */
  askAgain(resourceId: string): Record<string, string>;
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
  /** What is made to go wrong on demand. */
  faults: Faults;
  /** Issues a signed token of our own. Default life one hour. */
  issueToken(audience: string, expiresInSeconds?: number): string;
  /** Verifies a bearer token of our own; throws ARM-shaped 401 otherwise. */
  verifyToken(authorization: string | undefined, audiences: readonly string[]): Caller;
  /** One line in the cloud's log; secrets never. */
  log(area: string, message: string): void;
  /** Registers something that must stop with the cloud (workers, timers). */
  onClose(stop: () => Promise<void> | void): void;
}

/**
 * Registers the routes of one part. Paths are Fastify's, matched case-insensitively. What the core does for every route:
 * token (see RouteAccess), api-version on ARM paths, ARM-shaped errors (throw ArmError), ids and correlation headers,
 * request log, and no answer to a write before the store is on disk. `local/cloud/arm/type.ts` (`registerArmType`) makes
 * get, list, put, patch and delete of one ARM type out of a table; parts may use it too.
 * Jobs are ArmResources of type `Microsoft.MachineLearningServices/workspaces/jobs` with `properties.status`: the
 * inventory and the idle stop look there, and at `…/onlineEndpoints` and `…/onlineEndpoints/deployments`.
 */
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
