import { createHash } from 'node:crypto'
import { HtmlValidate } from 'html-validate'

export const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:recommended', 'html-validate:document'],
  rules: { 'no-trailing-whitespace': 'off' },
})

export const contents = (html: string, tag: 'style' | 'script'): string[] =>
  [...html.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))].map(([, text]) => text as string)

export const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** The page as it is read, for people to judge the words: headings, lines, controls with their labels, buttons. Letters are left out. */
export const readAloud = (html: string): string =>
  html
    .replace(/^.*<body[^>]*>/s, '')
    .replace(/<script>.*?<\/script>/gs, '')
    .replace(/<optgroup.*?<\/optgroup>/gs, '')
    .replace(/<dl class="subject">.*?<p class="row">/gs, '(the draft)<p class="row">')
    .replace(/<div class="body" dir="auto">.*?<p class="row">/gs, '(the draft)<p class="row">')
    .replace(/<p class="because">.*?<\/p>/gs, '')
    .replace(/<details class="sample">.*?<\/details>/gs, '')
    .replace(/<h([1-4])[^>]*>/g, (_all, level) => `\n\n${'#'.repeat(Number(level))} `)
    .replace(/<legend[^>]*>/g, '\n\n* ')
    .replace(/<summary[^>]*>/g, '\n\n> ')
    .replace(/<button[^>]*>(.*?)<\/button>/gs, '\n[ $1 ]')
    .replace(/<a class="button[^>]*>(.*?)<\/a>/gs, '\n[ $1 ]')
    .replace(/<input[^>]*type="(radio|checkbox)"[^>]*( checked)[^>]*>/g, ' (x) ')
    .replace(/<input[^>]*type="(radio|checkbox)"[^>]*>/g, ' ( ) ')
    .replace(/<input[^>]*type="hidden"[^>]*>/g, '')
    .replace(/<input[^>]*type="([^"]+)"[^>]*value="([^"]*)"[^>]*>/g, ' ____ $1 $2')
    .replace(/<(select|textarea)[^>]*>/g, ' ____ $1 ')
    .replace(/<li[^>]*>/g, '\n- ')
    .replace(/<\/(p|div|dd|dt|label|form|fieldset|section)>|<p[^>]*>/g, '\n')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/[ \t]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
    .concat('\n')
