import type { TokenCredential } from "@azure/identity";

const maxAttempts = 3;

/**
 * The credential with a limit for each attempt, and repeated requests after it. Azure's identity library sends requests to an
 * identity endpoint without a time limit (npm @azure/identity 4.13.1, managedIdentityCredential: `timeout` is used for the probe only).
 * @param limitMs in ms; the Azure CLI needs seconds on a slow machine. Default: 60,000
 */
export function withTokenLimit(credential: TokenCredential, limitMs = 60_000): TokenCredential {
  return {
    getToken: async (scopes, options) => {
      for (let attempt = 1; attempt <= maxAttempts; attempt++) {
        const token = await within(limitMs, credential.getToken(scopes, options));
        if (token !== late) return token;
      }
      throw new Error(`no answer within ${limitMs / 1000} s`);
    },
  };
}

const late = Symbol("late");

async function within<T>(limitMs: number, work: Promise<T>): Promise<T | typeof late> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<typeof late>((resolve) => (timer = setTimeout(() => resolve(late), limitMs)));
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
