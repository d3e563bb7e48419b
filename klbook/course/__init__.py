"""Course material, made of the chapters; nothing is written twice.

=====================  ===========================================================================
:mod:`.notebooks`      a notebook of each chapter for students, without solutions, and one for instructors
:mod:`.questions`      the self-checks as question banks for learning platforms
:mod:`.handouts`       each chapter as PDF, for students and for instructors
:mod:`.pdf`            the whole book as one PDF
:mod:`.paper`          pages of the site, put together and printed
:mod:`.browser`        the browser that prints
:mod:`.book`           what the book says of itself
:mod:`.files`          files whose bytes depend on nothing but what is in them
:mod:`.slides`         a deck of slides for each chapter, its explorers live
:mod:`.assignments`    what students get and what grades it, for each master notebook in `assignments/`
:mod:`.grade`          marks and feedback for a folder of notebooks that were handed in
:mod:`.release`        what a release carries
=====================  ===========================================================================
"""

from ..site.solutions import CourseError

__all__ = ["CourseError"]
