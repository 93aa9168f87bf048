import { createRequire } from 'node:module'
import type { Definition } from './parts.ts'

const { resolve } = createRequire(import.meta.url)
const fontFile = (name: string) => resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)

/** DejaVu has Latin, Greek, Cyrillic, Arabic, Hebrew; another sign is an empty box. There are no italics: the upright face stands for them. */
function fontsOf() {
  const [normal, bold, mono] = ['DejaVuSans', 'DejaVuSans-Bold', 'DejaVuSansMono'].map(fontFile)
  return {
    Sans: { normal: normal!, bold: bold!, italics: normal!, bolditalics: bold! },
    Mono: { normal: mono!, bold: mono!, italics: mono!, bolditalics: mono! },
  }
}

/** The bytes of a PDF. They hang on the definition alone, the time in its metadata included: no clock, and no chance. */
export async function makePdf(definition: Definition): Promise<Uint8Array> {
  // A megabyte of code and fonts, which only this format needs.
  const { default: pdfmake } = await import('pdfmake')
  const fonts = fontsOf()
  const files = new Set(Object.values(fonts).flatMap((faces) => Object.values(faces)))
  pdfmake.setFonts(fonts)
  // What a text asks for, whoever wrote it: nothing is fetched, and no file is read but the fonts.
  pdfmake.setUrlAccessPolicy(() => false)
  pdfmake.setLocalAccessPolicy((path) => files.has(path))
  return new Uint8Array(await pdfmake.createPdf(definition).getBuffer())
}
