// Starts reveal.js, and lets it live with explorers: whose keys are whose, and addresses that name a setting.
(() => {
  'use strict'

  // The theme of the system, until one is chosen.
  const KEY = 'klbook-slides-theme', root = document.documentElement
  const kept = () => { try { return localStorage.getItem(KEY) } catch { return null } }
  const wear = (theme) => { root.dataset.theme = theme }
  const asked = new URLSearchParams(location.search).get('theme')
  const system = matchMedia('(prefers-color-scheme: dark)')
  const chosen = ['light', 'dark'].find((theme) => theme === (asked ?? kept()))
  wear(chosen ?? (system.matches ? 'dark' : 'light'))
  const other = () => {
    wear(root.dataset.theme === 'dark' ? 'light' : 'dark')
    try { localStorage.setItem(KEY, root.dataset.theme) } catch { /* it holds until the page is left */ }
  }

  const CONTROL = '.kl-explorer :is(input, select, button), summary, button'
  const PAGES = ['PageUp', 'PageDown']

  // Whether a key is for the deck. Arrow keys belong to a control that has the focus. Remote controls send Page Up and
  // Page Down: they turn the page, too, where the last that was done to a control was done by hand and not by keys.
  let hand = false
  const forDeck = (event) => {
    const control = event.target.closest?.(CONTROL)
    hand &&= PAGES.includes(event.key)
    if (!control) return true
    if (hand || event.key === 'Escape') {
      control.blur()
      event.preventDefault()
      return hand
    }
    return !control.matches('input, select') && ![' ', 'Enter'].includes(event.key)
  }
  addEventListener('pointerdown', () => { hand = true }, true)

  // '#slug&p=0.5' is a setting of an explorer: its slide is shown; what it is set to is the explorer's own business.
  const slideOf = (hash) => document.getElementById(hash.slice(1).split('&')[0])?.closest('section')

  const begin = () => {
    document.querySelector('.theme').addEventListener('click', other)
    const place = document.querySelector('.deck')
    if (!place) return
    // On a small screen, slides one below the other are easier to read and to touch.
    const small = matchMedia('(max-width: 700px), (max-height: 480px)')
    small.addEventListener('change', () => location.reload())
    if (small.matches || typeof Reveal === 'undefined') return
    const arrived = location.hash
    for (const part of document.querySelectorAll('.kl-controls, .kl-handle')) part.dataset.preventSwipe = ''
    place.classList.add('reveal')
    const deck = new Reveal(place, {
      width: 1280, height: 720, margin: 0, minScale: 0.2, maxScale: 6,
      center: false, transition: 'none', backgroundTransition: 'none', slideNumber: 'c/t', controlsTutorial: false,
      hash: false, respondToHashChanges: false, keyboardCondition: forDeck, scrollActivationWidth: null,
    })
    let led = false
    const lead = (hash) => {
      const slide = slideOf(hash), number = /^#\/(\d+)$/.exec(hash)
      led = Boolean(slide)
      if (slide) deck.slide(deck.getIndices(slide).h)
      else if (number) deck.slide(Number(number[1]))
      led = false
    }
    deck.initialize().then(() => {
      deck.addKeyBinding({keyCode: 84, key: 'T', description: 'Light or dark'}, other)
      // Who turns the page leaves the setting of an explorer behind: the address names the slide.
      deck.on('slidechanged', ({indexh}) => {
        document.activeElement?.blur?.()
        if (!led) history.replaceState(history.state, '', `${location.pathname}${location.search}#/${indexh}`)
      })
      lead(arrived)
      addEventListener('hashchange', () => lead(location.hash))
      document.addEventListener('click', (event) => {
        const link = event.target.closest?.('a[href^="#"]')
        if (link && link.href === location.href) lead(link.hash)
      })
      root.dataset.deck = 'ready'
    })
  }
  addEventListener('DOMContentLoaded', begin)
})()
