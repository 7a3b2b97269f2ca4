/** Every colour of a mail, by what it is for: the paper, ink and accent of the pages. The pairs below are the only ones in which text meets a ground. */
export const colours = {
  light: {
    page: '#faf6ef',
    card: '#fffdf9',
    sheet: '#f7f0e4',
    edge: '#ddd3c3',
    ink: '#23211d',
    quiet: '#5f594f',
    link: '#9c3d1c',
    button: '#9c3d1c',
    onButton: '#ffffff',
  },
  dark: {
    page: '#181613',
    card: '#211e1a',
    sheet: '#2b2721',
    edge: '#4a4339',
    ink: '#efe8dc',
    quiet: '#b7ad9d',
    link: '#f0a582',
    button: '#f0a582',
    onButton: '#2a1208',
  },
} as const

export type Colour = keyof (typeof colours)['light']

/** Text on ground, as used: each at least 4.5:1 in both schemes, which a test computes. */
export const pairs = [
  ['ink', 'card'],
  ['quiet', 'card'],
  ['link', 'card'],
  ['ink', 'sheet'],
  ['quiet', 'sheet'],
  ['link', 'sheet'],
  ['quiet', 'page'],
  ['link', 'page'],
  ['onButton', 'button'],
] as const satisfies readonly (readonly [Colour, Colour])[]

/** The class `text-x` paints text, `ground-x` what is behind it; in the dark the sheet below takes over from the inline style. */
export const darkSheet = (): string => {
  const rules = Object.entries(colours.dark).map(
    ([name, value]) =>
      `.text-${name}{color:${value}!important}.ground-${name}{background-color:${value}!important}.edge-${name}{border-color:${value}!important}`,
  )
  return `:root{color-scheme:light dark;supported-color-schemes:light dark}@media (prefers-color-scheme:dark){${rules.join('')}}`
}
