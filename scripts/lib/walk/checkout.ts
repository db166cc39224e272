import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import * as path from "node:path";
import { freePorts } from "../sandbox";

/** The directory in which walks keep a checkout, its local cloud, its stacks and what was written to the stand-in for GitHub. */
export interface WalkHome {
  /** The project's files: linked, except the stack files, which are copied. */
  checkout: string;
  /** Files that one job leaves for another. */
  artifacts: string;
  /** Comments and issues. */
  forge: string;
  /** Stack files of promotions, which the walk takes as merged. */
  merged: string;
  /** First of the three ports of the walk's own local cloud. */
  port: number;
}

/** What a checkout does not need, or has itself. */
const own = /^(\.git|\.local|\.data|reports|approved|Pulumi(\..+)?\.yaml)$/;

/**
 * Creates the directory, or takes over the one of an earlier walk: stacks and cloud continue. The stack files are those of the
 * project at this moment.
 */
export async function openWalkHome(project: string, home: string): Promise<WalkHome> {
  const checkout = path.join(home, "checkout");
  const artifacts = path.join(home, "artifacts");
  const merged = path.join(home, "merged");
  const portFile = path.join(home, "port");
  for (const folder of [checkout, artifacts, merged]) mkdirSync(folder, { recursive: true });
  if (!existsSync(portFile)) writeFileSync(portFile, String(await freePorts(3)));
  checkOut(project, checkout, merged);
  const port = Number(readFileSync(portFile, "utf8"));
  return { checkout, artifacts, merged, forge: path.join(home, "github.json"), port };
}

/** What `actions/checkout` does: the files of the commit, and none that an earlier job has left. */
export function checkOut(project: string, checkout: string, merged: string): void {
  for (const name of ["reports", "approved"])
    rmSync(path.join(checkout, name), { recursive: true, force: true });
  for (const name of readdirSync(project).filter((entry) => !own.test(entry)))
    if (!existsSync(path.join(checkout, name)))
      symlinkSync(path.join(project, name), path.join(checkout, name));
  for (const name of readdirSync(checkout).filter((entry) => /^Pulumi(\..+)?\.yaml$/.test(entry)))
    rmSync(path.join(checkout, name));
  for (const name of readdirSync(project).filter((entry) => /^Pulumi(\..+)?\.yaml$/.test(entry)))
    copyFileSync(path.join(project, name), path.join(checkout, name));
  for (const name of readdirSync(merged)) copyFileSync(path.join(merged, name), path.join(checkout, name));
}
