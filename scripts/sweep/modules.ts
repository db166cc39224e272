import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { compileFunction } from "node:vm";

/** The compiled project. This file is part of it. */
const dist = join(__dirname, "..", "..");
/** The engine, the cloud and the data step keep nothing between runs. */
const shared = ["local", "dataset", "scripts"].map((folder) => join(dist, folder) + sep);

type Load = (file: string) => unknown;
type Wrapper = (
  exports: object,
  require: (name: string) => unknown,
  module: { exports: object },
  filename: string,
  directory: string,
  process: unknown,
  console: unknown,
) => void;

/** What code sees instead of the process it would have of its own. */
export interface ProcessView {
  argv?: string[];
  env?: NodeJS.ProcessEnv;
  /** Receives each printed line. */
  print(text: string, isError: boolean): void;
  /** Modules to return for some names. */
  replaced?: Readonly<Record<string, unknown>>;
  /** Further files that get their own instance. */
  own?: readonly string[];
}

const wrappers = new Map<string, Wrapper>();
const resolved = new Map<string, string>();

/**
 * A fresh instance of every module of the program, as a process of its own would have: nothing in a module's variables
 * survives into the next run. Packages and local/ are shared.
 * @returns loads a file by its absolute path.
 */
export function freshModules(view: ProcessView): Load {
  const loaded = new Map<string, { exports: object }>();
  const processView = viewOfProcess(view);
  const consoleView = viewOfConsole(view);
  const isOwn = (file: string): boolean =>
    view.own?.includes(file) === true ||
    (file.startsWith(dist + sep) && !shared.some((folder) => file.startsWith(folder)));
  const load: Load = (file) => {
    const known = loaded.get(file);
    if (known) return known.exports;
    const module = { exports: {} };
    loaded.set(file, module);
    const require = (name: string): unknown => {
      const replaced = view.replaced?.[name];
      if (replaced !== undefined) return replaced;
      const target = resolve(file, name);
      return isOwn(target) && target.endsWith(".js") ? load(target) : createRequireOf(file)(name);
    };
    const wrapper = wrapperOf(file);
    wrapper(
      module.exports,
      Object.assign(require, { resolve: createRequireOf(file).resolve }),
      module,
      file,
      dirname(file),
      processView,
      consoleView,
    );
    return module.exports;
  };
  return load;
}

/** Runs text as a module of these instances, as `require-from-string` does. */
export function evaluate(load: Load, text: string, view: ProcessView): unknown {
  const module = { exports: {} };
  const run = compileFunction(text, parameters) as Wrapper;
  const require = (name: string): unknown => {
    const file = resolve(join(dist, "index.js"), inDist(name));
    return load(file);
  };
  run(module.exports, require, module, "", dist, viewOfProcess(view), viewOfConsole(view));
  return module.exports;
}

/** The project's root may be a folder of links: one file must not be loaded under two names. */
function inDist(name: string): string {
  const at = name.lastIndexOf(`${sep}dist${sep}`);
  return at < 0 ? name : join(dist, name.slice(at + 6));
}

const requires = new Map<string, NodeJS.Require>();

function createRequireOf(file: string): NodeJS.Require {
  const known = requires.get(file) ?? createRequire(file);
  requires.set(file, known);
  return known;
}

function resolve(file: string, name: string): string {
  const key = `${file}\0${name}`;
  const known = resolved.get(key) ?? createRequireOf(file).resolve(name);
  resolved.set(key, known);
  return known;
}

const parameters = ["exports", "require", "module", "__filename", "__dirname", "process", "console"];

function wrapperOf(file: string): Wrapper {
  const known = wrappers.get(file);
  if (known) return known;
  if (!existsSync(file)) throw new Error(`${file} is missing: run \`npm run build\` first.`);
  const wrapper = compileFunction(readFileSync(file, "utf8").replace(/^#!.*/, ""), parameters, {
    filename: file,
  }) as Wrapper;
  wrappers.set(file, wrapper);
  return wrapper;
}

/** The process as code sees it that believes to be alone in it: its listeners are not registered, `exit` throws. */
function viewOfProcess({ argv, env }: ProcessView): object {
  const none = (): unknown => view;
  const view: object = new Proxy(process, {
    get: (target, key) => {
      if (key === "argv") return argv ?? target.argv;
      if (key === "env") return env ?? target.env;
      if (typeof key === "string" && /^(on|once|off|prependListener|addListener|removeListener)$/.test(key))
        return none;
      if (key === "exit")
        return (code: number) => {
          throw new Error(`the program ended itself with exit code ${code}`);
        };
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return view;
}

function viewOfConsole({ print }: ProcessView): object {
  const out = (...values: unknown[]): void => print(values.map(String).join(" "), false);
  const error = (...values: unknown[]): void => print(values.map(String).join(" "), true);
  return { ...console, log: out, info: out, debug: out, warn: error, error };
}
