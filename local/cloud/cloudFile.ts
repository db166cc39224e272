/** `cloud.json`: a running local cloud writes here that it runs and how to reach it. */
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
  build: string;
}

export function cloudFile(home: string): string {
  return path.join(home, "cloud.json");
}

/** Undefined if it is missing or damaged (every start rewrites it). */
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
