/** `cloud.json`: where a running local cloud says that it runs, and how to reach it. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { ProcessIdentity } from "./lock";

export interface CloudInfo {
  process: ProcessIdentity;
  pid: number;
  port: number;
  identityPort: number;
  startedAt: string;
  profile: string;
  /** Which compiled code runs; another than the client's means it must be restarted. */
  build: string;
}

export function cloudFile(home: string): string {
  return path.join(home, "cloud.json");
}

/** What the file says; undefined if there is none or it is damaged (it is rewritten on every start). */
export function readCloudFile(home: string): CloudInfo | undefined {
  try {
    const info = JSON.parse(fs.readFileSync(cloudFile(home), "utf8")) as Partial<CloudInfo>;
    return typeof info.pid === "number" && typeof info.port === "number" && info.process
      ? (info as CloudInfo)
      : undefined;
  } catch {
    return undefined;
  }
}
