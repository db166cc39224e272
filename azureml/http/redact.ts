/** Removes secrets from everything that is printed or logged. */

const replacements: Array<[pattern: RegExp, by: string]> = [
  // Signed parts of SAS URLs and operation URLs.
  [/([?&](?:sig|signature|s|t|c|h|code|sv_token|sktid|skoid)=)[^&\s"']+/gi, "$1***"],
  // JSON Web Tokens.
  [/eyJ[\w-]+\.[\w-]+\.[\w-]*/g, "***"],
  [/\b(Bearer|SharedAccessSignature|SharedKey)\s+[\w\-.~+/=:]+/gi, "$1 ***"],
  [/\b(AccountKey|SharedAccessKey|InstrumentationKey)=[^;\s"']+/gi, "$1=***"],
  [
    /("(?:primaryKey|secondaryKey|accessToken|access_token|sasToken|client_secret|clientSecret|password|key)"\s*:\s*")[^"]*"/gi,
    '$1***"',
  ],
];

/** `text` with tokens, keys and signatures replaced by `***`. */
export function redact(text: string): string {
  return replacements.reduce((current, [pattern, by]) => current.replace(pattern, by), text);
}

/** `text` redacted, on one line, at most `limit` characters (default 600). */
export function redactedLine(text: string, limit = 600): string {
  const line = redact(text).replace(/\s+/g, " ").trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}
