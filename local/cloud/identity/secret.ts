/** The secret in X-IDENTITY-HEADER: created once per state directory, readable by this user only. */
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/**
 * Reads the secret of a state directory and creates it if there is none; cloud and clients may do so at the
 * same time.
 */
export function readIdentitySecret(home: string): string {
  const file = path.join(home, "identity-header");
  fs.mkdirSync(home, { recursive: true, mode: 0o700 });
  // Written to a temporary file and linked into place, so that nobody reads a partial secret.
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
