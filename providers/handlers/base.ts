import { cloudOptionsFrom } from "../../azureml/clients/clouds";
import { type AzureSession, openSession } from "../../azureml/clients/session";
import { AzureMlError, errorMessage, textOf } from "../../azureml/errors";
import { brief } from "../../azureml/http/redact";
import { canonicalJson, omit } from "../../azureml/records";
import { type CheckFailure, schemaFailures } from "./unknown";
import type { z } from "zod";

export type Properties = Record<string, unknown>;

/** What a handler's methods are given. */
export interface HandlerContext {
  /** The cloud of the stack's configuration, logged in; one per process. */
  session(): Promise<AzureSession>;
}

export interface DiffResult {
  changes: boolean;
  replaces: string[];
  stables: string[];
  deleteBeforeReplace: boolean;
}

/** A dynamic resource. Inputs and outputs never contain `__provider`. */
export interface HandlerSpec<Inputs, Outputs extends object> {
  /** For messages, e.g. `FineTuneJob`. */
  type: string;
  schema: z.ZodType;
  /**
   * Runs in preview too: what it adds to the inputs is seen as outputs there. Look-ups are read-only and keep what
   * `olds` (the previous inputs, maybe empty) has resolved already. `news` may hold unknown values.
   */
  resolve?(olds: Properties, news: Properties, context: HandlerContext): Promise<Resolved>;
  /** Pure. `olds` are the previous outputs. */
  diff(olds: Properties, news: Properties): DiffResult;
  create(inputs: Inputs, context: HandlerContext): Promise<{ id: string; outs: Outputs }>;
  update(id: string, olds: Outputs, inputs: Inputs, context: HandlerContext): Promise<{ outs: Outputs }>;
  /** `undefined` = gone. */
  read(id: string, outs: Outputs, context: HandlerContext): Promise<Outputs | undefined>;
  /** Idempotent: what is gone already is fine. */
  delete(id: string, outs: Outputs, context: HandlerContext): Promise<void>;
}

export interface Resolved {
  /** Merged into the inputs. */
  add?: Properties;
  failures?: CheckFailure[];
}

/** Something was made but is not right: the engine records it with these outputs, and the next `up` updates it. */
export class PartialFailure extends Error {
  constructor(
    readonly id: string,
    readonly outs: object,
    cause: unknown,
  ) {
    super(textOf(cause), { cause });
    this.name = "PartialFailure";
  }
}

/** What the host constructs from the text in the state. */
export interface HostHandler {
  configure(request: { config: { get(key: string): string | undefined } }): Promise<void>;
  check(olds: Properties, news: Properties): Promise<{ inputs: Properties; failures: CheckFailure[] }>;
  diff(id: string, olds: Properties, news: Properties): Promise<DiffResult>;
  create(inputs: Properties): Promise<{ id: string; outs: Properties }>;
  read(id: string, properties: Properties): Promise<{ id?: string; props?: Properties }>;
  update(id: string, olds: Properties, news: Properties): Promise<{ outs: Properties }>;
  delete(id: string, properties: Properties): Promise<void>;
}

/** Wraps a spec into the class the dynamic-provider host calls: plain JSON in and out, errors as complete texts. */
export function handlerClass<Inputs, Outputs extends object>(
  spec: HandlerSpec<Inputs, Outputs>,
): new () => HostHandler {
  return class implements HostHandler {
    private config: (key: string) => string | undefined = () => undefined;

    private readonly context: HandlerContext = {
      session: () => openSession(cloudOptionsFrom((key) => this.config(key) ?? stackConfig(key))),
    };

    async configure(request: { config: { get(key: string): string | undefined } }): Promise<void> {
      this.config = (key) => {
        try {
          return request.config.get(key);
        } catch {
          // The host has no configuration when the engine did not send any.
          return undefined;
        }
      };
    }

    async check(olds: Properties, news: Properties): ReturnType<HostHandler["check"]> {
      const inputs = strip(news);
      const failures = schemaFailures(spec.schema, inputs);
      if (failures.length > 0 || !spec.resolve) return { inputs: plain(inputs), failures };
      try {
        const resolved = await spec.resolve(strip(olds), inputs, this.context);
        return { inputs: plain({ ...inputs, ...resolved.add }), failures: resolved.failures ?? [] };
      } catch (error) {
        return { inputs: plain(inputs), failures: [{ property: "", reason: messageOf(spec.type, error) }] };
      }
    }

    async diff(_id: string, olds: Properties, news: Properties): Promise<DiffResult> {
      return spec.diff(strip(olds), strip(news));
    }

    async create(inputs: Properties): ReturnType<HostHandler["create"]> {
      try {
        const { id, outs } = await spec.create(strip(inputs) as Inputs, this.context);
        return { id, outs: plain(outs) };
      } catch (error) {
        throw hostError(spec.type, error, inputs);
      }
    }

    async read(id: string, properties: Properties): ReturnType<HostHandler["read"]> {
      try {
        const outs = await spec.read(id, strip(properties) as Outputs, this.context);
        // The host's protocol writes an absent id as "", which the engine reads as gone.
        return outs ? { id, props: plain(outs) } : { id: "", props: {} };
      } catch (error) {
        throw hostError(spec.type, error, properties);
      }
    }

    async update(id: string, olds: Properties, news: Properties): ReturnType<HostHandler["update"]> {
      try {
        const { outs } = await spec.update(id, strip(olds) as Outputs, strip(news) as Inputs, this.context);
        return { outs: plain(outs) };
      } catch (error) {
        throw hostError(spec.type, error, news);
      }
    }

    async delete(id: string, properties: Properties): Promise<void> {
      try {
        await spec.delete(id, strip(properties) as Outputs, this.context);
      } catch (error) {
        throw hostError(spec.type, error, properties);
      }
    }
  };
}

/** One line under the resource's own name; reaches the user through the engine. */
export function say(name: string, text: string): void {
  console.log(`[${name}] ${text}`);
}

/** Inputs that differ, split by what a change means; the rest of the properties is ignored. */
export function diffOf(
  olds: Properties,
  news: Properties,
  rules: { replace: readonly string[]; update: readonly string[] },
): DiffResult {
  const changed = (key: string): boolean => canonicalJson(olds[key]) !== canonicalJson(news[key]);
  const replaces = rules.replace.filter(changed);
  return {
    changes: replaces.length > 0 || rules.update.some(changed),
    replaces,
    stables: [],
    // Names carry what they are made of, so old and new exist side by side.
    deleteBeforeReplace: false,
  };
}

const strip = (properties: Properties): Properties => omit(properties, "__provider");

/** The host's wire format takes plain JSON only; `undefined` anywhere breaks it. */
function plain(value: object): Properties {
  return JSON.parse(JSON.stringify(value)) as Properties;
}

function stackConfig(key: string): string | undefined {
  try {
    const all = JSON.parse(process.env.PULUMI_CONFIG ?? "{}") as Record<string, unknown>;
    const value = all[key];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function messageOf(type: string, error: unknown): string {
  if (error instanceof AzureMlError) return error.message;
  if (error instanceof PartialFailure) return error.message;
  return errorMessage("Unexpected", { what: type, detail: brief(textOf(error), 600) });
}

/**
 * The error as the host wants it. It prints `${error}: ${error.stack}` for some methods and passes `message` on in all,
 * so neither may hold a stack; `id`, `properties` and `reasons` make it a partial failure, and without `__provider`
 * among the properties the resource could never be deleted again.
 */
function hostError(type: string, error: unknown, inputs: Properties): Error {
  const message = error instanceof PartialFailure ? messageOf(type, error.cause) : messageOf(type, error);
  const forHost = new Error(message);
  forHost.stack = message;
  forHost.toString = () => `azureml:${type}`;
  if (error instanceof PartialFailure) {
    Object.assign(forHost, {
      id: error.id,
      properties: { ...plain(error.outs), __provider: inputs.__provider },
      reasons: [message],
    });
  }
  return forHost;
}
