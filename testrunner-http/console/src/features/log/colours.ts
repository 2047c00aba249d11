/** Red, green, blue; each from 0 to 255. */
export type Rgb = [number, number, number];

/** Darkest and lightest ground that output stands on, in each theme: plain, tinted and marked lines. */
const LIGHT: Rgb = [232, 234, 246];
const DARK: Rgb = [44, 48, 62];
const CONTRAST = 4.6;

const BASE: Rgb[] = [
  [0, 0, 0],
  [205, 49, 49],
  [13, 148, 80],
  [180, 140, 0],
  [36, 94, 200],
  [170, 50, 170],
  [10, 140, 170],
  [200, 200, 200],
  [110, 110, 110],
  [241, 76, 76],
  [35, 209, 139],
  [230, 210, 60],
  [59, 142, 234],
  [214, 112, 214],
  [41, 184, 219],
  [255, 255, 255],
];
const STEPS = [0, 95, 135, 175, 215, 255];

/** A colour of a terminal's 256. */
export function palette(index: number): Rgb {
  const base = BASE[index];
  if (base) return base;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return [grey, grey, grey];
  }
  const n = index - 16;
  const step = (at: number) => STEPS[at] ?? 0;
  return [step(Math.floor(n / 36)), step(Math.floor(n / 6) % 6), step(n % 6)];
}

/** The colour of text on paper: as near to the wanted one as can be read, in the light theme and the dark one. */
export function onPaper(wanted: Rgb): string {
  return `light-dark(${css(readable(wanted, LIGHT, 0))}, ${css(readable(wanted, DARK, 255))})`;
}

/** Colours of text on a ground of its own, the same in both themes. */
export function onGround(wanted: Rgb | null, ground: Rgb): { color: string; backgroundColor: string } {
  const dark: Rgb = [0, 0, 0];
  const light: Rgb = [255, 255, 255];
  const plain = contrast(dark, ground) >= contrast(light, ground) ? dark : light;
  const text = wanted && contrast(wanted, ground) >= CONTRAST ? wanted : plain;
  return { color: css(text), backgroundColor: css(ground) };
}

/** Moves a colour towards black (0) or white (255) until it can be read. */
export function readable(wanted: Rgb, ground: Rgb, towards: 0 | 255): Rgb {
  let colour = wanted;
  for (let share = 0; share <= 10 && contrast(colour, ground) < CONTRAST; share += 1) {
    const mix = (value: number) => Math.round(value + ((towards - value) * share) / 10);
    colour = [mix(wanted[0]), mix(wanted[1]), mix(wanted[2])];
  }
  return colour;
}

/** As the accessibility guidelines count it: from 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

function css([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}
