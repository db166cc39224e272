import type { z } from "zod";
import { azureOptions } from "../../azureml/clients/clouds";
import { type AzureSession, openSession } from "../../azureml/clients/session";
import { AzureMlError, errorMessage, errorText } from "../../azureml/errors";
import { redactedLine } from "../../azureml/http/redact";
import { canonicalJson, omit } from "../../azureml/records";
import { type CheckFailure, schemaFailures } from "./unknownValues";

export type Properties = Record<string, unknown>;

export interface HandlerContext {
  /** Session with the cloud of the stack's configuration. Logs in once per process. */
  session(): Promise<AzureSession>;
}

export interface DiffResult {
  changes: boolean;
  /** Properties that force a replacement. */
  replaces: string[];
}

/** The operations of one dynamic resource. Inputs and outputs never contain `__provider`. */
interface HandlerSpec<Inputs, Outputs extends object> {
  /** Type name for messages, e.g. `PipelineJob`. */
  type: string;
  schema: z.ZodType;
  /**
   * Runs in `check`, so in previews too. A preview shows what it adds to the inputs as outputs. Look-ups are read-only
   * and keep what `olds` (the previous inputs, possibly empty) resolved before. `news` may contain unknown values.
   */
  resolve?(olds: Properties, news: Properties, context: HandlerContext): Promise<Resolved>;
  /** Runs before `diff`, in previews too: prints what happens to a resource in the state. Read-only. May refuse it. */
  announce?(olds: Properties, news: Properties, context: HandlerContext): Promise<void>;
  /** Pure. `olds` are the previous outputs. */
  diff(olds: Properties, news: Properties): DiffResult;
  create(inputs: Inputs, context: HandlerContext): Promise<{ id: string; outs: Outputs }>;
  update(id: string, olds: Outputs, inputs: Inputs, context: HandlerContext): Promise<{ outs: Outputs }>;
  /** Returns `undefined` when the resource no longer exists. */
  read(id: string, outs: Outputs, context: HandlerContext): Promise<Outputs | undefined>;
  /** Idempotent: succeeds when the resource no longer exists. */
  delete(id: string, outs: Outputs, context: HandlerContext): Promise<void>;
}

export interface Resolved {
  /** Merged into the inputs. */
  add?: Properties;
  failures?: CheckFailure[];
}

/** The resource exists but is not usable. The engine records it with these outputs, and the next `up` updates it. */
export class PartialFailure extends Error {
  constructor(
    readonly id: string,
    readonly outs: object,
    cause: unknown,
  ) {
    super(errorText(cause), { cause });
    this.name = "PartialFailure";
  }
}

/** What the dynamic-provider host creates from the text in the state. */
interface HostHandler {
  configure(request: { config: { get(key: string): string | undefined } }): Promise<void>;
  check(olds: Properties, news: Properties): Promise<{ inputs: Properties; failures: CheckFailure[] }>;
  diff(id: string, olds: Properties, news: Properties): Promise<DiffResult>;
  create(inputs: Properties): Promise<{ id: string; outs: Properties }>;
  read(id: string, properties: Properties): Promise<{ id?: string; props?: Properties }>;
  update(id: string, olds: Properties, news: Properties): Promise<{ outs: Properties }>;
  delete(id: string, properties: Properties): Promise<void>;
}

/** Turns a spec into the class that the host calls: plain JSON in and out, errors as complete messages. */
export function handlerClass<Inputs, Outputs extends object>(
  spec: HandlerSpec<Inputs, Outputs>,
): new () => HostHandler {
  return class implements HostHandler {
    private config: (key: string) => string | undefined = () => undefined;

    private readonly context: HandlerContext = {
      session: () => openSession(azureOptions((key) => this.config(key) ?? stackConfig(key))),
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
      const inputs = withoutProvider(news);
      const failures = schemaFailures(spec.schema, inputs);
      if (failures.length > 0 || !spec.resolve) return { inputs: plainJson(inputs), failures };
      try {
        const resolved = await spec.resolve(withoutProvider(olds), inputs, this.context);
        return { inputs: plainJson({ ...inputs, ...resolved.add }), failures: resolved.failures ?? [] };
      } catch (error) {
        const failure = { property: "", reason: messageOf(spec.type, error) };
        return { inputs: plainJson(inputs), failures: [failure] };
      }
    }

    async diff(_id: string, olds: Properties, news: Properties): Promise<DiffResult> {
      return this.reportErrors(olds, async () => {
        const [before, after] = [withoutProvider(olds), withoutProvider(news)];
        await spec.announce?.(before, after, this.context);
        return spec.diff(before, after);
      });
    }

    async create(inputs: Properties): ReturnType<HostHandler["create"]> {
      return this.reportErrors(inputs, async () => {
        const { id, outs } = await spec.create(withoutProvider(inputs) as Inputs, this.context);
        return { id, outs: plainJson(outs) };
      });
    }

    async read(id: string, properties: Properties): ReturnType<HostHandler["read"]> {
      return this.reportErrors(properties, async () => {
        const outs = await spec.read(id, withoutProvider(properties) as Outputs, this.context);
        // The engine reads an empty id as "no longer exists".
        return outs ? { id, props: plainJson(outs) } : { id: "", props: {} };
      });
    }

    async update(id: string, olds: Properties, news: Properties): ReturnType<HostHandler["update"]> {
      return this.reportErrors(news, async () => {
        const inputs = withoutProvider(news) as Inputs;
        const { outs } = await spec.update(id, withoutProvider(olds) as Outputs, inputs, this.context);
        return { outs: plainJson(outs) };
      });
    }

    async delete(id: string, properties: Properties): Promise<void> {
      await this.reportErrors(properties, () =>
        spec.delete(id, withoutProvider(properties) as Outputs, this.context),
      );
    }

    private async reportErrors<T>(properties: Properties, work: () => Promise<T>): Promise<T> {
      try {
        return await work();
      } catch (error) {
        throw hostError(spec.type, error, properties);
      }
    }
  };
}

/**
 * Compares inputs by the rules of a resource. Ignores properties that no rule names. A replacement has another name in
 * Azure, so the engine creates it before it deletes the old resource.
 */
export function diffInputs(
  olds: Properties,
  news: Properties,
  rules: { replace: readonly string[]; update: readonly string[] },
): DiffResult {
  const changed = (key: string): boolean => canonicalJson(olds[key]) !== canonicalJson(news[key]);
  const replaces = rules.replace.filter(changed);
  return { changes: replaces.length > 0 || rules.update.some(changed), replaces };
}

const withoutProvider = (properties: Properties): Properties => omit(properties, "__provider");

/** Removes `undefined` values: the host cannot send them. */
function plainJson(value: object): Properties {
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
  if (error instanceof AzureMlError || error instanceof PartialFailure) return error.message;
  return errorMessage("Unexpected", { what: type, detail: redactedLine(errorText(error), 600) });
}

/**
 * The error in the form the host expects. The host prints `${error}: ${error.stack}` for some methods and passes on
 * `message` for all, so none of them may contain a stack trace. `id`, `properties` and `reasons` mark a partial failure;
 * without `__provider` in its properties the engine could not delete the resource.
 */
function hostError(type: string, error: unknown, inputs: Properties): Error {
  const message = messageOf(type, error instanceof PartialFailure ? error.cause : error);
  const forHost = new Error(message);
  forHost.stack = message;
  forHost.toString = () => `azureml:${type}`;
  if (error instanceof PartialFailure) {
    Object.assign(forHost, {
      id: error.id,
      properties: { ...plainJson(error.outs), __provider: inputs.__provider },
      reasons: [message],
    });
  }
  return forHost;
}
