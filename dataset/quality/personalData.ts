/** The kinds of personal data that are searched for. Only whether a text has one is reported, never the value. */
export const personalKinds = ["emails", "phoneNumbers", "cardNumbers"] as const;
type PersonalKind = (typeof personalKinds)[number];

/** Fewest digits of a telephone number. */
const shortestNumber = 7;

/** The kinds of personal data in a text. */
export function personalDataIn(
  text: string,
  { hasAt, digits }: { hasAt: boolean; digits: number },
): PersonalKind[] {
  const found: PersonalKind[] = [];
  if (hasAt && hasEmail(text)) found.push("emails");
  if (digits >= shortestNumber && hasPhoneNumber(text)) found.push("phoneNumbers");
  if (digits >= shortestCard && hasCardNumber(text)) found.push("cardNumbers");
  return found;
}

const email = /[\w.+%-]{1,64}@((?:[\p{L}\d-]{1,63}\.){1,8}\p{L}{2,24})(?![\p{L}\d-])/gu;
/** Names reserved for documentation and tests: RFC 2606, sections 2 and 3. */
const reservedDomain = /(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid|localhost)$/i;

function hasEmail(text: string): boolean {
  for (const [, domain = ""] of text.matchAll(email)) if (!reservedDomain.test(domain)) return true;
  return false;
}

/**
 * International numbers begin with + and have 8 to 15 digits (ITU-T E.164). Of national forms only the North American one is
 * searched for: others look like any number.
 */
const international = /(?<![\w+])\+[1-9](?:[ .()/-]{0,2}\d){7,14}(?!\d)/;
const northAmerican = /(?<![\w.,/+-])(?:\([2-9]\d\d\) ?|[2-9]\d\d[-. ])([2-9]\d\d)[-. ](\d{4})(?![\w-])/g;

function hasPhoneNumber(text: string): boolean {
  if (international.test(text)) return true;
  for (const [, exchange = "", line = ""] of text.matchAll(northAmerican))
    // 555-0100 to 555-0199 are reserved for fiction (North American Numbering Plan, 555 line numbers).
    if (exchange !== "555" || !line.startsWith("01")) return true;
  return false;
}

const shortestCard = 13;
const card = /(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![\d-]|[.,]\d)/g;
/** Issuer prefixes with the lengths of their numbers: Visa, Mastercard, American Express, Discover, Diners Club, JCB. */
const issuers =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|5\d\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12})$/;

function hasCardNumber(text: string): boolean {
  for (const [found] of text.matchAll(card)) {
    const digits = found.replace(/\D/g, "");
    if (issuers.test(digits) && passesLuhn(digits)) return true;
  }
  return false;
}

/** The check digit of ISO/IEC 7812-1, annex B. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
