FROM python:3.12-slim

RUN useradd --create-home lab
USER lab
WORKDIR /home/lab/app

COPY --chown=lab requirements.txt .
RUN python -m venv /home/lab/venv && /home/lab/venv/bin/pip install --no-cache-dir -r requirements.txt
COPY --chown=lab app.py .
COPY --chown=lab diffusion diffusion
COPY --chown=lab assets assets
COPY --chown=lab checkpoints checkpoints

ENV GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=7860
EXPOSE 7860
HEALTHCHECK --start-period=60s \
  CMD ["/home/lab/venv/bin/python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:7860/lessons', timeout=10)"]
CMD ["/home/lab/venv/bin/python", "app.py"]
