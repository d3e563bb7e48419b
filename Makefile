# The commands of the project. `make book` is all that a reader needs.
PORT ?= 8000
PYTHON ?= python3
# How many tests run side by side; where browsers wait for their next frame much of the time, one more.
WORKERS ?= 2
WAITING ?= $(or $(shell expr $(WORKERS) + 1 2>/dev/null),$(WORKERS))

# Tests and notebooks run side by side already. Threads of NumPy's matrix products that wait for one another would make
# the language model ten times slower whenever the processors have anything else to do.
export OPENBLAS_NUM_THREADS ?= 1

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
COURSE := $(VENV)/.course

.PHONY: book site lab test test-course bench notebooks concordance chapter draft course assignments slides pdf release lock browser clean

book: site
	@$(BIN)/python -m klbook.site.serve _build/html $(PORT)

# -W: a warning is an error; -n: so is a link that leads nowhere. make site SOLUTIONS=no: in a folder of its own, without
# the solutions of the exercises.
SOLUTIONS ?= yes
site: $(READY)
	KLBOOK_SOLUTIONS="$(SOLUTIONS)" $(BIN)/jupyter-book build . -W -n --keep-going \
	  $(if $(filter no,$(SOLUTIONS)),--path-output _build/students)

lab: $(READY)
	$(BIN)/jupyter lab --config=jupyter_server_config.py chapters

# What leaves the site, to be used elsewhere: tried with the course material, so that the book's own tests stay quick.
ALONE := tests/site/test_downloads.py tests/site/test_embed.py
ALONE_IN_ENGINES := tests/engines/test_embed.py tests/engines/test_slides.py

test: $(READY) browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pytest -n $(WORKERS) klbook tests --ignore=klbook/course --ignore=tests/course --ignore=tests/site \
	  --ignore=tests/lab --ignore=tests/engines
	$(BIN)/pytest -n $(WORKERS) --dist loadscope -o addopts= -W default --nbval --nbval-cell-timeout=120 chapters
	$(MAKE) site
	$(BIN)/pytest -n $(WORKERS) tests/lab tests/site $(ALONE:%=--ignore=%)
	$(BIN)/pytest -n $(WAITING) tests/engines $(ALONE_IN_ENGINES:%=--ignore=%)

bench: $(READY) browser site
	$(BIN)/python benchmarks/bench.py

# Runs the chapters and stores their outputs in their files.
notebooks: $(READY)
	$(BIN)/python -m klbook.site.notebooks chapters/*.ipynb

# Writes the list of theorems into chapters/concordance.md, from concordance.toml and what the explorers show.
concordance: $(READY)
	$(BIN)/python -m klbook.site.concordance

# make slides, or make slides CHAPTERS="gentle-start recompression": decks of slides in _build/slides.
slides: $(READY) $(COURSE)
	$(BIN)/python -m klbook.course.slides $(CHAPTERS)

# make chapter NAME=my-chapter: a draft with its figures, ideas and tests, entered in the book.
chapter: $(READY)
	@$(BIN)/python -m klbook.site.chapter "$(NAME)"

# make draft NAME=my-chapter: runs a chapter again, then of the tests what concerns it: seconds, not minutes.
MODULE = $(subst -,_,$(NAME))
draft: $(READY)
	$(BIN)/ruff check .
	$(BIN)/python -m klbook.site.notebooks chapters/$(NAME).ipynb
	$(BIN)/pytest -q $(wildcard klbook/ideas/$(MODULE).py) tests/ideas tests/explorers tests/book/test_chapters.py -k \
	  "$(NAME) or $(MODULE) or public_function_is_entered or figure_of_the_book_is_shown or has_its_reference or one_way"

# The exact versions that make and CI install, and that Binder takes its own from, for every Python from 3.11 on;
# without the extra for training.
lock: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra book --extra lab --extra test --universal --python-version 3.11 --upgrade \
	  --no-emit-index-url --custom-compile-command "make lock" --quiet -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --extra course --constraint requirements.txt --universal --python-version 3.11 \
	  --upgrade --no-emit-index-url --custom-compile-command "make lock" --quiet -o requirements-course.txt

# Course material, and its tests, with packages that the book does not need: in _build/course notebooks for students and
# instructors, handouts, question banks, and one zip of all; in _build/pdf the whole book. SIZE=Letter for other paper.
course: $(COURSE) browser site
	$(BIN)/python -m klbook.course

SIZE ?= A4
pdf: $(COURSE) browser site
	$(BIN)/python -m klbook.course.pdf --size $(SIZE)

# Students' notebooks and autograders of assignments/, in _build/assignments; see assignments/README.md.
assignments: $(COURSE)
	$(BIN)/python -m klbook.course.assignments

# What a release carries, in _build/release: the wheel, site, course, slides and assignments as zips, the book as PDF.
release: course slides assignments pdf
	$(BIN)/python -m klbook.course.release

test-course: $(COURSE) browser site
	$(BIN)/pytest -n $(WORKERS) klbook/course tests/course
	$(BIN)/pytest -n $(WORKERS) $(ALONE)
	$(BIN)/pytest -n $(WORKERS) $(ALONE_IN_ENGINES)

browser: $(READY)
	$(BIN)/python tests/browser.py

clean:
	rm -rf _build

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name another with make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $(READY)

$(COURSE): requirements-course.txt $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-course.txt
	touch $(COURSE)
