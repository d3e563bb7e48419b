// For the page of one explorer, alone: its theme, its picture at the size that the window leaves it, its height told to
// the page around it, and what of its own address it does not understand. It stands in the head, before explorer.js.
(() => {
  'use strict'

  const page = document.documentElement
  const theme = new URLSearchParams(location.search).get('theme')
  const known = ['light', 'dark'].includes(theme)
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const paint = () => { page.dataset.theme = known ? theme : dark.matches ? 'dark' : 'light' }
  paint()
  dark.addEventListener('change', paint)

  // Ways to put picture, readouts and controls into a window, by the number of panels: embed.css says how. The first is
  // how they stand where there is room; below the width at which panels stack there is no other.
  const WAYS = {1: ['beside', 'columns', 'left', 'below', 'three'], 2: ['below', 'wide', 'three', 'pairs', 'columns', 'left']}
  const NARROW = 560
  // Panels that are not narrower have no text below 10 pixels: palette.PHONE_PANEL.
  const PANEL = 314

  const begin = () => {
    const root = document.querySelector('[data-explorer]'), slug = root.dataset.explorer
    const svg = root.querySelector('.kl-stage svg'), link = root.querySelector('.kl-chapter')
    const panels = Number(root.style.getPropertyValue('--n'))
    const part = (name) => root.querySelector(name).getBoundingClientRect()

    const narrow = () => part('.kl-body').width < NARROW

    const lay = (way, width) => {
      root.dataset.way = way
      root.style.setProperty('--fit', width)
    }
    // What has to be seen at once ends here; all of it lies below the title.
    const end = () => Math.max(...['.kl-body', '.kl-said'].map((name) => part(name).bottom)) + scrollY

    // The height that it would have with all the room in the world. It does not depend on the height that it has, so a
    // page that makes the frame as high as it is told is told nothing else.
    const measure = () => {
      page.style.overflow = 'hidden'  // as wide as without a scroll bar
      lay(narrow() ? 'narrow' : WAYS[panels][0], '100%')
      return Math.ceil(root.getBoundingClientRect().height)
    }

    // The way in which the picture is largest, and no smaller than its text allows.
    const fit = () => {
      if (narrow()) return
      const least = Math.min(PANEL * panels, part('.kl-body').width)
      let best
      for (const way of WAYS[panels]) {
        lay(way, '100%')
        const all = svg.getBoundingClientRect()
        if (all.width < least) continue
        let width = all.width, over = end() - page.clientHeight
        if (over > 0) {
          width = Math.max(least, Math.floor((all.height - over) * all.width / all.height))
          lay(way, `${width}px`)
          over = end() - page.clientHeight
        }
        // What cannot be had at once is as little as can be.
        const worth = over > 0 ? -over : width
        if (!best || worth > best.worth) best = {way, width, worth}
      }
      if (best) lay(best.way, `${best.width}px`)
      else lay(WAYS[panels][0], '100%')  // in a frame too small for any
    }

    let told, done
    const tell = (height) => {
      if (height === told || parent === window) return
      told = height
      // Learning platforms read one as text or as an object, each in its own way.
      const resize = {subject: 'lti.frameResize', height}
      for (const message of [JSON.stringify(resize), resize, {type: 'klbook.height', slug, height}]) {
        parent.postMessage(message, '*')
      }
    }
    const size = () => [innerWidth, page.clientHeight, root.offsetHeight].join()
    const update = () => {
      if (size() === done) return
      const height = measure()
      if (height > page.clientHeight) {
        page.style.overflow = 'hidden scroll'
        fit()
      }
      page.style.overflow = ''
      done = size()
      tell(height)
    }

    const asked = () => {
      const wrong = [], [first] = location.hash.slice(1).split(/&|%26/i)
      if (theme !== null && !known) wrong.push(`theme = ${theme}, where it can be light or dark`)
      if (first && first !== slug) wrong.push(`${first}, where a setting of this explorer begins with #${slug}&`)
      say(wrong.length ? `The address asks for ${wrong.join('; and for ')}.` : '')
    }
    const note = root.querySelector('.kl-asked')
    const say = (sentence) => {
      note.textContent = sentence
      note.hidden = !sentence
    }

    asked()
    addEventListener('hashchange', asked)
    // A frame that may open no window says where the link leads.
    link?.addEventListener('click', () => {
      if (parent !== window && origin === 'null') say(`If no page opens, this is its address: ${link.href}`)
    })
    update()
    addEventListener('resize', update)
    // In the next frame: what an observer changes itself, browsers report as an error.
    new ResizeObserver(() => requestAnimationFrame(update)).observe(root)
    // Again, for who listens only now.
    addEventListener('load', () => {
      told = done = undefined
      update()
    })
  }

  addEventListener('DOMContentLoaded', begin)
})()
