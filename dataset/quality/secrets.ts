/**
 * Likely credentials in texts. Only whether a text has one is reported, never the value.
 * The forms are those of the rules in gitleaks/gitleaks, config/gitleaks.toml, and of each service's documentation. Values
 * that documentation shows as examples (AWS: `…EXAMPLE`) are left out.
 */
const credentials = new RegExp(
  [
    // AWS access key id; gitleaks `aws-access-token`.
    String.raw`\b(?:AKIA|ASIA|ABIA|ACCA)(?![A-Z2-7]*EXAMPLE\b)[A-Z2-7]{16}\b`,
    // Google API key: `gcp-api-key`.
    String.raw`\bAIza[\w-]{35}(?![\w-])`,
    // GitHub tokens: `github-pat`, `github-oauth`, `github-fine-grained-pat`.
    String.raw`\bgh[pousr]_[0-9A-Za-z]{36}\b`,
    String.raw`\bgithub_pat_\w{82}\b`,
    String.raw`\bglpat-[\w-]{20}`,
    // Slack: `slack-bot-token`, `slack-user-token`.
    String.raw`\bxox[abeprs]-[0-9A-Za-z-]{10,}`,
    // OpenAI, Anthropic, Hugging Face, npm, Stripe.
    String.raw`\bsk-(?:proj-|svcacct-|admin-|ant-[a-z]+\d+-)?[\w-]{32,}`,
    String.raw`\bhf_[A-Za-z]{34}\b`,
    String.raw`\bnpm_[0-9A-Za-z]{36}\b`,
    String.raw`\b[rs]k_(?:live|prod)_[0-9A-Za-z]{10,99}\b`,
    // Entra client secret (`azure-ad-client-secret`), keys in Azure connection strings, signatures of SAS URLs.
    String.raw`(?<![\w~.-])[\w~.]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])`,
    String.raw`\b(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{42,86}={0,2}`,
    String.raw`[?&]sig=[A-Za-z0-9%]{43,70}`,
    // JSON Web Token: `jwt`.
    String.raw`\beyJ[\w-]{14,}\.eyJ[\w-]{14,}\.[\w-]{10,}`,
  ].join("|"),
);

/** Private keys (`private-key`), with some content, and passwords in URLs. */
const privateKey = /-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----[^-]{64}/;
const passwordInUrl = /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@$<{[]{1,100}:(?!\*+@)[^\s/:@$<{[]{3,100}@[\w.-]+/i;

/** True for a text that likely contains a credential. */
export function hasSecret(text: string, traits: { hasAt: boolean; hasKeyWord: boolean }): boolean {
  return (
    (traits.hasKeyWord && (credentials.test(text) || privateKey.test(text))) ||
    (traits.hasAt && passwordInUrl.test(text))
  );
}
