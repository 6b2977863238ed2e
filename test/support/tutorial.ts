/**
 * The tutorial's code as it stands there, step by step, for a page or for Node: only what it leaves to the reader is filled
 * in, which are the values of its first three constants, the token, and what `startGitpleLive` does.
 */

/** STEP 1. */
export const scriptTag = '<script src="https://{API_HOST}/sdk/gitple-live-sdk-v{VERSION}.min.js"></script>'

/** STEP 2, with the handler of STEP 7. */
export const page = `
const app_id = 'app_id';
const url = 'https://{API_HOST}';
const user_id = 'user_id';
const userInfo = {user_id};

let gitplelive = null;

let session_token;

function gitpleLiveInit() {
    const config = {app_id, url, session_token};
    gitplelive = new GitpleLive.Client(config);

    gitplelive.connectUser(userInfo).catch(err => {
        console.log(err);
    });

    /**
     * 이벤트 핸들러 등록
     */

    // 연결됨
    gitplelive.on("connected", () => {
        console.log("GitpleLive Connect");
    });

    // 연결 종료됨
    gitplelive.on("disconnected", () => {
        console.log("GitpleLive Disconnect");
    });

    // 재연결 시작
    gitplelive.on("reconnectTry", () => {
        console.log("GitpleLive reconnectTry");
    });

    // 재연결 성공
    gitplelive.on("reconnectSucceed", () => {
        console.log("GitpleLive reconnectSucceed");
    });

    // 재연결 실패
    gitplelive.on("reconnectFailed", () => {
        console.log("GitpleLive reconnectFailed");
        gitplelive.disconnectUser();
    });

    gitplelive.on("error", (error) => {
        console.log("GitpleLive Error:");
        console.log(error)
    });

    gitplelive.on("group:message_send", (message, channel) => {
        console.log("=== group:message_send ===");
        console.log("channel:", channel);
        console.log("message:", message);
    });
}

window.onload = function () {
    startGitpleLive();
}
`

const headers = `{
        "Content-type": "application/json",
        "APP_ID": app_id,
        "APP_API_KEY": app_key
    }`

/** STEP 3 to 6, each with the address that it is sent to. */
export const requests = [
  {
    step: 3,
    code: `
const url = "https://{API_HOST}/v1/group/channels";

fetch(url, {
    method: "POST",
    headers: ${headers},
    body: JSON.stringify({
        "channel_id": "channel_1",
        "name": "channel_1",
        "profile_url": "myimage.png",
        "members": [
            "user_1", "user_2"
        ],
        "reuse": false,
        "meta": {}
    })
})
.then((response) => response.json())
.then((data) => console.log(data));`,
  },
  {
    step: 4,
    code: `
const url = "https://{API_HOST}/v1/users";

fetch(url, {
    method: "POST",
    headers: ${headers},
    body: JSON.stringify({
        "user_id": "user_3",
        "name": "user_3",
        "profile_url": "",
        "meta": {}
    })
})
.then((response) => response.json())
.then((data) => console.log(data));`,
  },
  {
    step: 5,
    code: `
const url = "https://{API_HOST}/v1/group/channels/channel_1/join";

fetch(url, {
    method: "PUT",
    headers: ${headers},
    body: JSON.stringify({
        "member": "user_3"
    })
})
.then((response) => response.json())
.then((data) => console.log(data));`,
  },
  {
    step: 6,
    code: `
const url = "https://{API_HOST}/v1/group/channels/channel_1/messages";

fetch(url, {
    method: "POST",
    headers: ${headers},
    body: JSON.stringify({
        "user_id": "user_1",
        "content": "안녕하세요",
        "meta": {}
    })
})
.then((response) => response.json())
.then((data) => console.log(data));`,
  },
] as const

export interface Filled {
  /** `http://127.0.0.1:8080` */
  readonly server: string
  readonly appId: string
  readonly userId: string
}

export function filled(code: string, { server, appId, userId }: Filled): string {
  return code
    .replaceAll('https://{API_HOST}', server)
    .replaceAll('{VERSION}', '1')
    .replace("app_id = 'app_id'", `app_id = '${appId}'`)
    .replace("user_id = 'user_id'", `user_id = '${userId}'`)
}
