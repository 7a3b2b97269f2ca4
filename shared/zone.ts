/**
 * V8 still answers with the names that CLDR froze years ago; these are the ones the IANA database lists today.
 * Checked by a test against every zone that `Intl.supportedValuesOf` knows.
 */
const renamed: Record<string, string> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
}

/**
 * Names of Java that ICU still takes for zones, and IANA never had: whoever writes BST or IST means a clock that none of them
 * says.
 */
const OF_ICU_ALONE = /^(?:A[CES]T|AGT|ART|B[ES]T|C[ANS]T|CTT|E[AC]T|I[ES]T|JST|MIT|N[ES]T|P[LNRS]T|[SV]ST)$|^SystemV\//i

/** The canonical IANA name of a zone, whatever alias or letter case it came in; nothing for what is no zone. */
export const canonicalZone = (name: string): string | undefined => {
  // Offsets such as +05:00 are accepted by Intl, but know no clock changes: they are no answer to "where do you live".
  if (!/^[A-Za-z]/.test(name) || OF_ICU_ALONE.test(name)) return undefined
  try {
    const zone = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
    return renamed[zone] ?? zone
  } catch {
    return undefined
  }
}

/** Every zone a person can choose, by its canonical name, in alphabetical order. */
export const allZones = (): string[] =>
  [...Intl.supportedValuesOf('timeZone').map((zone) => renamed[zone] ?? zone), 'UTC'].sort()
