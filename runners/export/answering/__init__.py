"""Answers about one model, a run's or an export's, for as long as somebody asks::

    python -m runners.export answer FOLDER --datasets DIR [--checkpoint best|last]

Lines of JSON go both ways; arrays in them are written as `runners.wire` says. While it opens the model it writes
``{"progress": text, "fraction": f}``, then ``{"ready": {...}}``, which is `Facts` as plain values, or ``{"error": words}`` and ends with
exit code 1. A question is ``{"id": n, "ask": NAME, ...}``; of each comes, last, ``{"id": n, "done": {...}}``, ``{"id": n, "error": words}`` or
``{"id": n, "cancelled": true}``, and before that ``{"id": n, "progress": text, "fraction": f}`` or ``{"id": n, "part": {...}}`` where it is long.

=============  ===========================================  ==============================================================================
``ask``        asked with                                   done, or part
=============  ===========================================  ==============================================================================
``predict``    ``x`` (samples, ...) or ``tokens``           ``answers`` as `answers` says, ``seconds`` of computing
``samples``    ``places`` of the test part                  ``x``, ``y``
``mistakes``   ``most``                                     ``places``, ``losses``, ``given``, ``truth``, ``wrong``, ``count``
``saliency``   ``x`` (one sample), ``method``, ``choice``   ``map`` (height, width) from 0 to 1, ``choice``
``write``      ``tokens``, ``count``, ``temperature``,      parts with ``tokens``, at last ``seconds``
               ``seed``
``cancel``     ``id`` of the question to end                nothing
=============  ===========================================  ==============================================================================

The process ends when its standard input does.
"""
