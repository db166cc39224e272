import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { encrypt, passphrase, salt } from "./secrets";
import { readCheckpoint, type ReadState } from "./state";
import type { Call, Fault } from "./facts";

export const repository = resolve(__dirname, "../../../../..");
export const toyHome = resolve(__dirname, "../../toy");

const head = `const pulumi = require("@pulumi/pulumi");
const { Thing, DynamicThing, Group, Provider, echo } = require(process.env.TOY_HOME + "/sdk.js");
const config = new pulumi.Config();
`;

/** A temporary project of a conformance program, with its own backend and toy cloud. */
export type Project = ReturnType<typeof makeProject>;

/** Creates the project of a program in a new temporary folder. */
export function makeProject(program: { program: string; fresh?: boolean }) {
  const root = mkdtempSync(join(tmpdir(), "conform-"));
  const name = "proj";
  const folder = join(root, "project");
  const cloud = join(root, "cloud");
  let logged = 0;
  let settings: Record<string, unknown> = {};
  mkdirSync(folder);
  mkdirSync(join(root, "state"));
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
  const qualified = (key: string): string => (key.includes(":") ? key : `${name}:${key}`);
  const write = (file: string, text: string): void => {
    writeFileSync(join(folder, file), text);
  };
  const stackFile = (stack: string): string => join(folder, `Pulumi.${stack}.yaml`);
  const statePath = (stack: string): string => join(root, "state/.pulumi/stacks", name, `${stack}.json`);
  const project = {
    root,
    name,
    folder,
    cloud,
    env: {
      ...process.env,
      PATH: `${join(toyHome, "bin")}:${process.env.PATH}`,
      PULUMI_BACKEND_URL: `file://${root}/state`,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      PULUMI_HOME: join(root, "home"),
      TOY_HOME: toyHome,
      TOY_CLOUD: cloud,
    } as NodeJS.ProcessEnv,
    /** Writes the whole configuration of a stack. */
    configure(values: Record<string, unknown>, stack = "dev"): void {
      if (stack === "dev") settings = values;
      const known = existsSync(stackFile(stack))
        ? /^encryptionsalt: (.*)$/m.exec(readFileSync(stackFile(stack), "utf8"))?.[1]
        : undefined;
      const chosen = known ?? (program.fresh ? undefined : salt);
      const config = Object.fromEntries(
        Object.entries(values).map(([key, value]) => [
          key.includes(":") ? key : `${name}:${key}`,
          sealed(value, chosen ?? salt),
        ]),
      );
      writeFileSync(stackFile(stack), stringify({ ...(chosen ? { encryptionsalt: chosen } : {}), config }));
    },
    /** The configuration as a program receives it: strings, and the names of the secret keys. */
    programConfig(): { config: Record<string, string>; secretKeys: string[] } {
      const entries = Object.entries(settings).map(([key, value]) => [qualified(key), value] as const);
      const secrets = entries.filter(([, value]) => typeof value === "object").map(([key]) => key);
      const texts = entries.map(([key, value]) => [
        key,
        String((value as { secret?: string }).secret ?? value),
      ]);
      return { config: Object.fromEntries(texts), secretKeys: secrets };
    },
    setFaults(faults: Fault[]): void {
      mkdirSync(cloud, { recursive: true });
      writeFileSync(join(cloud, "faults.json"), JSON.stringify(faults));
    },
    /**
     * Changes the inputs of a thing in the cloud without the engine (drift); `undefined` removes the thing.
     */
    drift(id: string, change: Record<string, unknown> | undefined): void {
      const file = join(cloud, "things", `${id}.json`);
      if (change === undefined) {
        writeFileSync(join(cloud, "gone", id), "");
        return rmSync(file);
      }
      const thing = JSON.parse(readFileSync(file, "utf8"));
      writeFileSync(file, JSON.stringify({ ...thing, inputs: { ...thing.inputs, ...change } }));
    },
    /** Names in the cloud, sorted. */
    things(): string[] {
      const things = join(cloud, "things");
      const files = existsSync(things) ? readdirSync(things) : [];
      return files.map((file) => String(JSON.parse(readFileSync(join(things, file), "utf8")).name)).sort();
    },
    /** The log entries since the last call. */
    newCalls(): Call[] {
      const file = join(cloud, "log.jsonl");
      const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
      const fresh = lines.slice(logged).filter(Boolean);
      logged = lines.length;
      return fresh.map((line) => JSON.parse(line) as Call);
    },
    editState(edit: (text: string) => string, stack = "dev"): void {
      writeFileSync(statePath(stack), edit(readFileSync(statePath(stack), "utf8")));
    },
    readState(stack = "dev"): ReadState {
      const path = statePath(stack);
      return readCheckpoint(existsSync(path) ? readFileSync(path, "utf8") : "");
    },
    read: (file: string): string => readFileSync(join(folder, file), "utf8"),
    /** Paths of the backend's files and folders, below `.pulumi`. */
    backendFiles(): string[] {
      const backend = join(root, "state/.pulumi");
      return existsSync(backend) ? readdirSync(backend, { recursive: true, encoding: "utf8" }) : [];
    },
    hasState: (stack: string): boolean => existsSync(statePath(stack)),
    urnOf(resource: string, stack = "dev"): string {
      const text = existsSync(statePath(stack)) ? readFileSync(statePath(stack), "utf8") : "{}";
      const all: { urn: string }[] = JSON.parse(text).checkpoint?.latest?.resources ?? [];
      const found = all.find(({ urn }) => urn.endsWith(`::${resource}`))?.urn;
      return found ?? `urn:pulumi:${stack}::${name}::toy:index:Thing::${resource}`;
    },
    remove: (): void => rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }),
  };
  write("Pulumi.yaml", `name: ${name}\nruntime: {name: nodejs, options: {typescript: false}}\n`);
  write("index.js", head + program.program);
  project.configure({});
  return project;
}

function sealed(value: unknown, saltText: string): unknown {
  if (Array.isArray(value)) return value.map((item) => sealed(item, saltText));
  if (typeof value !== "object" || value === null) return value;
  const { secret } = value as { secret?: unknown };
  if (typeof secret === "string") return { secure: encrypt(secret, saltText) };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sealed(item, saltText)]));
}
