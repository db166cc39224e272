/**
 * Names of this machine: 127.0.0.1, `localhost` and what is below it (RFC 6761), with any port. A page of another site whose name
 * is pointed at 127.0.0.1 (DNS rebinding) sends its own name in the Host header.
 */
const OWN_HOST = /^(127\.0\.0\.1|([a-z0-9-]+\.)*localhost)(:\d{1,5})?$/i;

export function isOwnHost(header: string | undefined): boolean {
  return header !== undefined && OWN_HOST.test(header);
}

/** The message of the 400 that refuses another name. HTTP.sys, in front of Azure's services, answers 400 Invalid Hostname too. */
export function foreignHost(header: string | undefined): string {
  return `The request hostname is invalid: the Host header is '${header ?? ""}'. The local cloud answers to 127.0.0.1, localhost and names below localhost.`;
}
