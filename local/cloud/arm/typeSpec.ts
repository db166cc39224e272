/** How an ARM resource type differs from others: the table that `type.ts` serves. */
import type { FastifyRequest } from "fastify";
import type { ArmResource, Cloud } from "../cloud";
import type { Json } from "./body";

export interface PutContext<C extends Cloud = Cloud> {
  cloud: C;
  id: string;
  name: string;
  /** The body; for a PATCH, the stored resource with the body merged in. */
  body: Json;
  existing: ArmResource | undefined;
}

export interface ResourceWork<C extends Cloud> {
  latency: string;
  /**
   * `async` (the default): by `Azure-AsyncOperation`. `location`: by a 202 without body. `body`: by
   * provisioningState.
   */
  style?: "async" | "location" | "body";
  /** Default `Creating` or `Updating`. */
  state?: string;
  /** Must be repeatable: it runs again after a restart. */
  run?: (cloud: C, resource: ArmResource, signal: AbortSignal) => Promise<void>;
}

export interface ArmTypeSpec<C extends Cloud = Cloud> {
  /** `Microsoft.X/y/z`, in the casing of answers. */
  type: string;
  /** Its last segment is the name's parameter. */
  path: string;
  /** Further paths that list this type (subscription scope). */
  alsoListedAt?: readonly string[];
  nameRule?: { pattern: RegExp; rule: string };
  /** Tracked resources have `location` and `tags` and can be listed by subscription. */
  tracked?: boolean;
  /** Top-level members taken from the body besides location, tags and properties. */
  topLevel?: ReadonlyArray<"identity" | "sku" | "kind">;
  /** Checks the body and returns the stored properties and, if any, hidden values. Default: the body's properties. */
  build?: (context: PutContext<C>) => Partial<ArmResource> | Promise<Partial<ArmResource>>;
  /** Without it a put is complete when it is answered. */
  putWork?: ResourceWork<C>;
  deleteWork?: ResourceWork<C>;
  /** Runs before a delete is accepted; throws to refuse it. */
  beforeDelete?: (cloud: C, resource: ArmResource, request: FastifyRequest) => void | Promise<void>;
  /** Added on every read. */
  present?: (cloud: C, resource: ArmResource) => ArmResource;
  filter?: (resource: ArmResource, query: Query) => boolean;
  /**
   * True if the query requests a list across all names of the parent type, and not only the name in the path.
   */
  listsEveryName?: (query: Query) => boolean;
  /** Default: by creation. */
  listed?: (items: ArmResource[], query: Query) => ArmResource[];
  /** If the body has none. */
  locationFrom?: (cloud: C, id: string) => string | undefined;
  /** Creates a missing parent once the resource has been accepted (asset containers). */
  implicitParent?: (cloud: C, id: string, body: Json) => void;
  /** For a missing resource (it purges what is soft-deleted). */
  deleteAbsent?: (cloud: C, id: string, query: Query) => void;
  /** Types that cannot be patched answer 405. Default true. */
  patchable?: boolean;
  /** Default `replace`. */
  patchTags?: "replace" | "merge";
  /** Default 201. A type with 202 answers without a body; clients read the resource when the operation has ended. */
  createdStatus?: 200 | 201 | 202;
  etagInBody?: boolean;
  /** Types without a provisioningState (role assignments). Default false. */
  stateless?: boolean;
  /** Types without systemData (azure-native 3.28.0 reads none of them). Default false. */
  anonymous?: boolean;
}

export type Query = Record<string, string | undefined>;
