import Module from "node:module";

/**
 * Preloaded with `node --require` into processes that load @pulumi/pulumi (`nodeargs` in Pulumi.yaml).
 *
 * The SDK loads TypeScript and npm's arborist when it starts, but uses them only to serialize JavaScript functions. This
 * program serializes none: its dynamic providers are constant text. Pulumi's program runner loads OpenTelemetry, but
 * uses it only with `--tracing`. Loading them on first use takes the start of such a process from 1.4 s to 0.6 s of
 * processor time (`npm run bench` shows the current figures).
 */
type Load = (request: string, parent: { filename?: string | null } | undefined, isMain: boolean) => unknown;

/** The packages to load on first use, with the exports that importers copy when they load the package. */
const deferred: Readonly<Record<string, readonly string[]>> = {
  "@npmcli/arborist": ["Arborist"],
  "@opentelemetry/exporter-zipkin": [],
  "@opentelemetry/instrumentation": [],
  "@opentelemetry/instrumentation-grpc": [],
  "@opentelemetry/resources": [],
  "@opentelemetry/sdk-trace-base": [],
  "@opentelemetry/sdk-trace-node": [],
  typescript: [],
};

const sdkFile = /[/\\]node_modules[/\\]@pulumi[/\\]pulumi[/\\]/;

/** Replaces Node's module loader function. Any other package, and any other importer, is not affected. */
export function deferModules(loader: { _load: Load }): void {
  const load = loader._load;
  loader._load = function (request, parent, isMain) {
    const names = deferred[request];
    const loadNow = (): unknown => load.call(loader, request, parent, isMain);
    return names && sdkFile.test(parent?.filename ?? "") ? onFirstUse(names, loadNow) : loadNow();
  };
}

/** An object with the module's exports that loads the module when one of them is read. */
function onFirstUse(names: readonly string[], load: () => unknown): object {
  let loaded: object | undefined;
  const module = (): object => (loaded ??= load() as object);
  const facade: object = { __esModule: true };
  for (const name of names) {
    Object.defineProperty(facade, name, {
      enumerable: true,
      configurable: true,
      get: () => Reflect.get(module(), name) as unknown,
    });
  }
  return new Proxy(facade, {
    get: (target, key) => Reflect.get(key === "__esModule" ? target : module(), key) as unknown,
    has: (_target, key) => Reflect.has(module(), key),
  });
}

deferModules(Module as unknown as { _load: Load });
