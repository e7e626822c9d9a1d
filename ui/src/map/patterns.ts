// Small pictures drawn in the browser: hatches for areas, symbols for levels and gates.
// Not here: where they are used (style.ts).
// Invariant: each level differs in shape as well as in colour.
import { OWN_PAST } from './look';
import type { Palette } from './palette';

const SCALE = 2;

export interface Drawn { name: string; image: ImageData; pixelRatio: number }

type Draw = (pen: CanvasRenderingContext2D, size: number) => void;

function draw(name: string, size: number, by: Draw): Drawn {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size * SCALE;
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('this browser draws no canvas');
  pen.scale(SCALE, SCALE);
  by(pen, size);
  return { name, image: pen.getImageData(0, 0, size * SCALE, size * SCALE), pixelRatio: SCALE };
}

/** Diagonal lines that meet at the tile's edges. */
function diagonals(colour: string, width: number, rising: boolean): Draw {
  return (pen, size) => {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    for (const shift of [-size, 0, size]) {
      pen.moveTo(shift - 1, rising ? size + 1 : -1);
      pen.lineTo(shift + size + 1, rising ? -1 : size + 1);
    }
    pen.stroke();
  };
}

function shape(corners: readonly [number, number][], fill: string, ink: string): Draw {
  return (pen) => {
    pen.beginPath();
    for (const [x, y] of corners) pen.lineTo(x, y);
    pen.closePath();
    pen.lineJoin = 'round';
    pen.lineWidth = 2;
    pen.fillStyle = fill;
    pen.strokeStyle = ink;
    pen.fill();
    pen.stroke();
  };
}

const octagon = Array.from({ length: 8 }, (_, i): [number, number] => {
  const angle = (Math.PI / 4) * (i + 0.5);
  return [11 + 9.5 * Math.cos(angle), 11 + 9.5 * Math.sin(angle)];
});

function marked(base: Draw, mark: string, ink: string): Draw {
  return (pen, size) => {
    base(pen, size);
    pen.fillStyle = ink;
    pen.font = 'bold 13px Arial, sans-serif';
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    pen.fillText(mark, size / 2, size / 2 + 1);
  };
}

function disc(pen: CanvasRenderingContext2D, radius: number, ink: string): void {
  pen.beginPath();
  pen.arc(10, 10, radius, 0, 7);
  pen.lineWidth = 2;
  pen.fillStyle = '#ffffff';
  pen.strokeStyle = ink;
  pen.fill();
  pen.stroke();
}

/** A disc with one chevron a step, up or down: unlike every shape of a raised level. */
function chevrons(count: number, up: boolean, fill: string, ink: string, mark: string): Draw {
  return (pen, size) => {
    const middle = size / 2;
    pen.beginPath();
    pen.arc(middle, middle, middle - 1.5, 0, 7);
    pen.lineWidth = 1.5;
    pen.fillStyle = fill;
    pen.strokeStyle = ink;
    pen.fill();
    pen.stroke();
    pen.beginPath();
    for (let i = 0; i < count; i++) {
      const y = middle + (i - (count - 1) / 2) * 4;
      const [foot, tip] = up ? [y + 2, y - 2] : [y - 2, y + 2];
      pen.moveTo(middle - 4.5, foot);
      pen.lineTo(middle, tip);
      pen.lineTo(middle + 4.5, foot);
    }
    pen.lineWidth = 1.8;
    pen.strokeStyle = mark;
    pen.stroke();
  };
}

function ownPast({ unusual, veryUnusual, extreme, ink }: Palette): Drawn[] {
  const fills = [unusual, veryUnusual, extreme];
  return (['above', 'below'] as const).flatMap((side) => OWN_PAST[side].map((name, i) =>
    draw(`level-${name}`, 22, chevrons(i + 1, side === 'above', fills[i] ?? extreme, ink, i === 2 ? '#ffffff' : ink))));
}

export function drawings(palette: Palette): Drawn[] {
  const { caution, warning, critical, unknown, ink } = palette;
  return [
    draw('hatch-warning', 10, diagonals('rgba(60,25,0,0.45)', 1.8, true)),
    draw('hatch-critical', 10, (pen, size) => {
      diagonals('rgba(255,255,255,0.55)', 1.6, true)(pen, size);
      diagonals('rgba(255,255,255,0.55)', 1.6, false)(pen, size);
    }),
    draw('hatch-unknown', 8, (pen) => {
      pen.fillStyle = unknown;
      for (const [x, y] of [[2, 2], [6, 6]] as const) {
        pen.beginPath();
        pen.arc(x, y, 1.15, 0, 7);
        pen.fill();
      }
    }),
    // An error bar, again and again: the interval is wide. Pale beneath ink, so that it reads on every colour.
    draw('hatch-wide', 28, (pen) => {
      for (const [colour, width] of [['rgba(255,255,255,0.7)', 3], ['rgba(27,33,38,0.75)', 1.2]] as const) {
        pen.strokeStyle = colour;
        pen.lineWidth = width;
        pen.beginPath();
        for (const [x, y] of [[7, 7], [21, 21]] as const) {
          pen.moveTo(x, y - 4);
          pen.lineTo(x, y + 4);
          for (const end of [y - 4, y + 4]) {
            pen.moveTo(x - 2.2, end);
            pen.lineTo(x + 2.2, end);
          }
        }
        pen.stroke();
      }
    }),
    draw('hatch-closed', 8, (pen, size) => {
      pen.strokeStyle = 'rgba(70,78,85,0.35)';
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(0, size / 2);
      pen.lineTo(size, size / 2);
      pen.stroke();
    }),
    draw('level-caution', 22, marked(shape([[11, 2], [20.5, 19], [1.5, 19]], caution, ink), '', ink)),
    draw('level-warning', 22, marked(shape([[11, 1.5], [20.5, 11], [11, 20.5], [1.5, 11]], warning, ink), '!', ink)),
    draw('level-critical', 22, marked(shape(octagon, critical, ink), '!', '#ffffff')),
    draw('level-unknown', 22, (pen, size) => {
      pen.setLineDash([3, 2]);
      marked(shape([[3, 3], [19, 3], [19, 19], [3, 19]], '#ffffff', unknown), '?', ink)(pen, size);
    }),
    ...ownPast(palette),
    draw('sensor-silent', 20, (pen) => {
      disc(pen, 8.2, ink);
      pen.beginPath();
      pen.moveTo(4.6, 15.4);
      pen.lineTo(15.4, 4.6);
      pen.stroke();
    }),
    draw('sensor-doubted', 20, marked(shape([[6, 2.5], [14, 2.5], [18.5, 10], [14, 17.5], [6, 17.5], [1.5, 10]], '#ffffff', ink), '≈', ink)),
    draw('post', 16, (pen) => {
      shape([[8, 1.5], [14, 3.5], [14, 8.5], [8, 14.5], [2, 8.5], [2, 3.5]], '#ffffff', ink)(pen, 16);
      pen.fillStyle = ink;
      pen.beginPath();
      pen.arc(8, 7, 2.2, 0, 7);
      pen.fill();
    }),
    draw('gate', 12, (pen) => {
      pen.fillStyle = '#ffffff';
      pen.strokeStyle = ink;
      pen.lineWidth = 1.5;
      pen.fillRect(1.5, 1.5, 9, 9);
      pen.strokeRect(1.5, 1.5, 9, 9);
      pen.beginPath();
      pen.moveTo(4.5, 4);
      pen.lineTo(4.5, 8);
      pen.moveTo(7.5, 4);
      pen.lineTo(7.5, 8);
      pen.stroke();
    }),
  ];
}
