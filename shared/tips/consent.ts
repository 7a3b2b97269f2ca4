/** Which words somebody agreed to: kept with the consent, and changed whenever the sentence below changes. */
export const consentWording = 'tips-2026-11'

/** What stands beside every button and tick that asks for the tips. */
export const consentSentence =
  'Short mails on asking people about their work: about one a week, later fewer. Each has a link that ends them with one click.'
