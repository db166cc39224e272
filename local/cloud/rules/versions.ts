import { ArmError } from "../armError";
import { rule } from "./rule";

/** First versions whose listSecrets has a body. What 2025-04-01 has is not known; it is taken as the later ones. */
const FIRST = { preview: "2024-07-01-preview", stable: "2025-04-01" } as const;

export const secretExpiryVersions = rule(
  "secret-expiry-versions",
  (version: string, members: readonly string[]) => {
    const [target] = members;
    const first = version.endsWith("-preview") ? FIRST.preview : FIRST.stable;
    if (target === undefined || version >= first) return;
    const message = `The property '${target}' is not supported: listSecrets has no body in api-version ${version}.`;
    throw new ArmError(400, "UnknownProperty", message, { target });
  },
);
