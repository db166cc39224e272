import type { Facts } from "../fact";

export const VERSION_FACTS = {
  "secret-expiry-versions": {
    statement:
      "the secrets of a datastore can be requested with an expiry only since 2024-07-01-preview and the stable versions of 2025",
    confidence: "documented",
    source:
      "Azure/azure-rest-api-specs, Microsoft.MachineLearningServices, examples Datastore/listSecrets.json: no body in stable/2024-10-01, " +
      "a body in stable/2025-06-01; azure-ai-ml 1.27.1 sends it with 2024-07-01-preview; that a body is refused is inferred",
  },
} as const satisfies Facts;
