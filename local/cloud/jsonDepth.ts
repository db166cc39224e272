/**
 * .NET's JSON readers, which Azure's services use, stop at 64 (Newtonsoft.Json 13.0.1, MaxDepth). Whether ARM raises it is not
 * published; the deepest body of azure-ai-ml 1.35.2, a template, has 12 levels.
 */
export const MAX_JSON_DEPTH = 64;

/** Whether arrays and objects in a JSON text are nested more than `limit` deep. The text need not be valid. */
export function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "]" || character === "}") depth--;
    else if ((character === "[" || character === "{") && ++depth > limit) return true;
  }
  return false;
}
