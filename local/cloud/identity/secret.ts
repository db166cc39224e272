import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/** Cloud and clients may create it at the same time. */
export function readIdentitySecret(home: string): string {
  const file = path.join(home, "identity-header");
  fs.mkdirSync(home, { recursive: true, mode: 0o700 });
  // Linked into place, so that nobody reads a partial secret.
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  if (!fs.existsSync(file)) {
    fs.writeFileSync(draft, randomBytes(24).toString("hex"), { mode: 0o600 });
    try {
      fs.linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      fs.rmSync(draft, { force: true });
    }
  }
  return fs.readFileSync(file, "utf8").trim();
}
