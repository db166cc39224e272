import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { FastifyInstance } from "fastify";
import { ArmError } from "../armError";
import type { Cloud } from "../cloud";
import { pathParameters, queryParameter } from "../ml/request";
import { accepts } from "../strict/declaration";

const LOG_FILE = accepts("a log file", { access: "public", query: ["sig", "se"] });

/** Logs of runs and deployments, on disk: readable while they grow and after a restart. */
export interface LogFiles {
  append(workspaceId: string, runId: string, file: string, line: string): void;
  read(workspaceId: string, runId: string, file: string): string;
  list(workspaceId: string, runId: string): Array<{ name: string; bytes: number }>;
  /** By file name. Readable without an Authorization header for an hour, like a SAS URL of the service. */
  urls(workspaceId: string, runId: string): Record<string, string>;
  clear(workspaceId: string, runId: string): void;
}

const SECRETS = "ml.secrets";
const SIGNING_KEY = "log-url-key";
const LIFETIME_SECONDS = 3600;

export function createLogFiles(app: FastifyInstance, cloud: Cloud): LogFiles {
  const root = path.join(cloud.home, "runs");
  const key = signingKey(cloud);
  const folderOf = (workspaceId: string, runId: string): string =>
    path.join(root, segment(workspaceId), segment(runId));
  const fileOf = (workspaceId: string, runId: string, file: string): string => {
    const folder = folderOf(workspaceId, runId);
    const full = path.resolve(folder, file);
    if (!full.startsWith(folder + path.sep))
      throw new ArmError(404, "NotFound", `There is no file "${file}".`);
    return full;
  };
  registerReading(app, key, fileOf);
  return {
    append: (workspaceId, runId, file, line) => {
      const full = fileOf(workspaceId, runId, file);
      fs.mkdirSync(path.dirname(full), { recursive: true });
      fs.appendFileSync(full, `${line}\n`);
    },
    read: (workspaceId, runId, file) => {
      const full = fileOf(workspaceId, runId, file);
      return fs.existsSync(full) ? fs.readFileSync(full, "utf8") : "";
    },
    urls: (workspaceId, runId) => {
      const expires = Math.floor(Date.now() / 1000) + LIFETIME_SECONDS;
      const files = filesBelow(folderOf(workspaceId, runId));
      return Object.fromEntries(
        files.map((file) => {
          const route = `/runs/${encodeURIComponent(workspaceId)}/${encodeURIComponent(runId)}/${file}`;
          return [
            file,
            `${cloud.baseUrl}${route}?se=${expires}&sig=${signature(key, workspaceId, runId, file, expires)}`,
          ];
        }),
      );
    },
    clear: (workspaceId, runId) => fs.rmSync(folderOf(workspaceId, runId), { recursive: true, force: true }),
    list: (workspaceId, runId) => {
      const folder = folderOf(workspaceId, runId);
      return filesBelow(folder).map((name) => ({ name, bytes: fs.statSync(path.join(folder, name)).size }));
    },
  };
}

function registerReading(
  app: FastifyInstance,
  key: Buffer,
  fileOf: (workspaceId: string, runId: string, file: string) => string,
): void {
  app.get("/runs/:workspace/:run/*", LOG_FILE, async (request, reply) => {
    const { workspace = "", run = "", "*": file = "" } = pathParameters(request);
    const expires = Number(queryParameter(request, "se"));
    const given = Buffer.from(queryParameter(request, "sig") ?? "");
    const expected = Buffer.from(signature(key, workspace, run, file, expires));
    // By wall-clock time, like all signed addresses.
    const fresh = expires * 1000 > Date.now();
    if (!fresh || given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new ArmError(
        403,
        "AuthenticationFailed",
        "The log file's signature is missing, wrong or expired. Request the run's details for a new URL.",
      );
    }
    const full = fileOf(workspace, run, file);
    if (!fs.existsSync(full)) throw new ArmError(404, "NotFound", `There is no log file "${file}".`);
    return reply.type("text/plain; charset=utf-8").send(await fs.promises.readFile(full));
  });
}

function signature(key: Buffer, workspaceId: string, runId: string, file: string, expires: number): string {
  return createHmac("sha256", key).update([workspaceId, runId, file, expires].join("\n")).digest("hex");
}

/** Created once and stored, so that URLs remain valid after a restart. */
function signingKey(cloud: Cloud): Buffer {
  const known = cloud.store.get<string>(SECRETS, SIGNING_KEY);
  if (known) return Buffer.from(known, "hex");
  const created = randomBytes(32);
  cloud.store.put(SECRETS, SIGNING_KEY, created.toString("hex"));
  return created;
}

/** Validates an id as a path segment. Ids come from clients and must not leave the folder. */
function segment(id: string): string {
  if (!/^[\w.-]+$/.test(id) || /^\.+$/.test(id))
    throw new ArmError(404, "NotFound", `There is no run "${id}".`);
  return id;
}

function filesBelow(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .sort();
}
